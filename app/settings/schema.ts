import { z } from 'zod'
import { logLevels } from '../../lib/logging/logger.ts'
import { roles } from '../roles.ts'
import { email, fcm, webhook, webPush } from './channel-sections.ts'
import { ingest, quarantine } from './ingest-section.ts'
import { collectSettings, setting } from './setting.ts'
import { byteSize, duration, none } from './units.ts'
import {
  bytesAllowed,
  durationAllowed,
  nameList,
  path,
  pathList,
  positiveInteger,
  positiveIntegerAllowed,
  url,
  urlWithoutPassword,
} from './value-types.ts'

const log = z.strictObject({
  level: setting(z.enum(logLevels).prefault('info'), {
    env: 'FOREWARN_LOG_LEVEL',
    allowed: 'debug, info, warn or error',
    description: 'Least severe level that `forewarn up` logs.',
  }),
  format: setting(z.enum(['auto', 'json', 'text']).prefault('auto'), {
    env: 'FOREWARN_LOG_FORMAT',
    allowed: 'auto, json or text',
    description: 'Format of the log on standard error; auto is text on a terminal and JSON elsewhere.',
  }),
})

const host = z.string().min(1)
const port = z.int().min(0).max(65_535)
/** One or more, separated by commas. */
const urls = (...protocols: string[]) =>
  z.string().refine((text) => text.split(',').every((one) => url(...protocols).safeParse(one.trim()).success))

const portAllowed = 'a whole number from 0 to 65535, where 0 takes any free port'
const hostAllowed = 'a host name or an IP address'
const http = z.strictObject({
  host: setting(host.prefault('127.0.0.1'), {
    env: 'FOREWARN_HTTP_HOST',
    allowed: hostAllowed,
    description:
      'Address the HTTP API listens on. There is no sign-in: keep it on loopback or behind a proxy.',
  }),
  port: setting(port.prefault(8080), {
    env: 'FOREWARN_HTTP_PORT',
    allowed: portAllowed,
    description: 'Port of the HTTP API.',
  }),
})

const mqtt = z.strictObject({
  url: setting(url('mqtt', 'mqtts', 'ws', 'wss').optional(), {
    env: 'MQTT_URL',
    allowed: 'a URL such as mqtt://user:password@broker:1883 (mqtt, mqtts, ws or wss)',
    description: 'External broker. Without it the embedded broker runs.',
    secret: true,
  }),
  protocolVersion: setting(z.literal([4, 5]).prefault(5), {
    env: 'FOREWARN_MQTT_PROTOCOL_VERSION',
    allowed: '5 (MQTT 5) or 4 (MQTT 3.1.1)',
    description: 'Protocol spoken with the external broker.',
  }),
  clientId: setting(
    z
      .string()
      .regex(/^[\w.-]{1,64}$/)
      .prefault('forewarn'),
    {
      env: 'FOREWARN_MQTT_CLIENT_ID',
      allowed: '1 to 64 letters, digits and any of . _ -',
      description: 'Client id at the external broker. It identifies the persistent session: keep it stable.',
    },
  ),
  host: setting(host.prefault('127.0.0.1'), {
    env: 'FOREWARN_MQTT_HOST',
    allowed: hostAllowed,
    description: 'Address the embedded broker listens on. No authentication: restrict network access.',
  }),
  port: setting(port.prefault(1883), {
    env: 'FOREWARN_MQTT_PORT',
    allowed: portAllowed,
    description: 'Port of the embedded broker.',
  }),
  prefix: setting(
    z
      .string()
      .regex(/^[^/+#\s]+(\/[^/+#\s]+)*$/)
      .prefault('pm/v1'),
    {
      env: 'FOREWARN_MQTT_PREFIX',
      allowed: 'topic levels such as pm/v1, without + or #, and without a slash at either end',
      description: 'Topic prefix.',
    },
  ),
  maxConnections: setting(positiveInteger.prefault(10_000), {
    env: 'FOREWARN_MQTT_MAX_CONNECTIONS',
    allowed: positiveIntegerAllowed,
    description: 'Connections the embedded broker takes at most. Keep it below the limit of open files.',
  }),
  maxPayloadBytes: setting(byteSize.prefault('512KiB'), {
    env: 'FOREWARN_MQTT_MAX_PAYLOAD_BYTES',
    allowed: bytesAllowed,
    description: 'Maximum payload size; larger payloads are quarantined.',
  }),
  maxPacketBytes: setting(byteSize.prefault('2MiB'), {
    env: 'FOREWARN_MQTT_MAX_PACKET_BYTES',
    allowed: bytesAllowed,
    description:
      'A connection that announces a larger message is closed before it is read. Keep it above the largest payload.',
  }),
  connectTimeout: setting(duration.prefault('10s'), {
    env: 'FOREWARN_MQTT_CONNECT_TIMEOUT',
    allowed: durationAllowed,
    description: 'Time to wait for CONNECT on a new connection.',
  }),
  maxMessageRate: setting(positiveInteger.prefault(1_000), {
    env: 'FOREWARN_MQTT_MAX_MESSAGE_RATE',
    allowed: positiveIntegerAllowed,
    description:
      'Messages a second that the embedded broker takes from one connection; one that sends more is slowed down.',
  }),
  maxSubscriptions: setting(positiveInteger.prefault(50), {
    env: 'FOREWARN_MQTT_MAX_SUBSCRIPTIONS',
    allowed: positiveIntegerAllowed,
    description: 'Maximum topic filters per client.',
  }),
  maxSessions: setting(positiveInteger.prefault(10_000), {
    env: 'FOREWARN_MQTT_MAX_SESSIONS',
    allowed: positiveIntegerAllowed,
    description:
      'Clients whose subscriptions the embedded broker keeps while they are away; those that came longest ago go.',
  }),
  maxRetainedBytes: setting(byteSize.prefault('64MiB'), {
    env: 'FOREWARN_MQTT_MAX_RETAINED_BYTES',
    allowed: bytesAllowed,
    description: 'Memory for retained messages in the embedded broker; beyond it no further topic gets one.',
  }),
  maxQueuedBytes: setting(byteSize.prefault('64MiB'), {
    env: 'FOREWARN_MQTT_MAX_QUEUED_BYTES',
    allowed: bytesAllowed,
    description:
      'Memory for messages that wait for clients of the embedded broker; beyond it no further ones wait. Notices are kept elsewhere.',
  }),
})
const journal = z.strictObject({
  kind: setting(z.enum(['lmdb', 'redis']).prefault('lmdb'), {
    env: 'JOURNAL',
    allowed: 'lmdb (a file in the data folder) or redis (Redis Streams)',
    description: 'Journal storage backend.',
  }),
  redisUrl: setting(urls('redis', 'rediss').optional(), {
    env: 'JOURNAL_REDIS_URL',
    allowed:
      'a URL such as redis://:password@host:6379, or several nodes of one Redis Cluster, comma-separated',
    description:
      'Redis for the journal, which must sync each write (appendfsync always). Without it REDIS_URL.',
    secret: true,
  }),
  partitions: setting(z.int().min(1).max(256).prefault(4), {
    env: 'FOREWARN_JOURNAL_PARTITIONS',
    allowed: 'a whole number from 1 to 256',
    description:
      'Number of partitions of a Redis journal; fixed at the first start. An LMDB journal has one.',
  }),
  lease: setting(duration.refine((ms) => ms >= 1_000).prefault('10s'), {
    env: 'FOREWARN_JOURNAL_LEASE',
    allowed: 'a duration of 1s or more, such as 10s',
    description: 'Lease duration of a Redis journal partition; another process takes over after it expires.',
  }),
  durability: setting(z.enum(['strict', 'accept-loss']).prefault('strict'), {
    env: 'FOREWARN_JOURNAL_DURABILITY',
    allowed: 'strict or accept-loss',
    description:
      'Whether a Redis without durable writes is rejected (strict) or only warned about (accept-loss).',
  }),
  maxBytes: setting(byteSize.prefault('2GiB'), {
    env: 'FOREWARN_JOURNAL_MAX_BYTES',
    allowed: bytesAllowed,
    description: 'Maximum journal size; when full, messages are not acknowledged until consumers catch up.',
  }),
  keepEntries: setting(positiveInteger.prefault(100_000), {
    env: 'FOREWARN_JOURNAL_KEEP_ENTRIES',
    allowed: positiveIntegerAllowed,
    description:
      'Consumed entries kept per stream, for duplicate detection after a restart: more than devices and brokers may send again.',
  }),
})

const retention = (env: string, description: string) =>
  setting(z.union([none, duration]).prefault('none'), {
    env,
    allowed: 'a duration such as 90d, or none',
    description,
  })

const series = z.strictObject({
  influxUrl: setting(urlWithoutPassword.optional(), {
    env: 'INFLUX_URL',
    allowed: 'a URL such as http://host:8086, without user and password: those go into INFLUX_TOKEN',
    description:
      'InfluxDB (1.6 or later, 2, 3) for the time series. Without it DuckDB keeps them in the data folder.',
    secret: true,
  }),
  influxToken: setting(z.string().min(1).optional(), {
    env: 'INFLUX_TOKEN',
    allowed: 'a token; for InfluxDB 1 user:password',
    description: 'Token for InfluxDB.',
    secret: true,
  }),
  influxOrg: setting(z.string().min(1).optional(), {
    env: 'INFLUX_ORG',
    allowed: 'the name of an organization',
    description: 'Organization of the bucket; InfluxDB 2 only.',
  }),
  influxBucket: setting(
    z
      .string()
      .regex(/^[\w-]{1,64}$/)
      .prefault('forewarn'),
    {
      env: 'INFLUX_BUCKET',
      allowed: '1 to 64 letters, digits and any of _ -',
      description:
        'Bucket, or database, for nothing but the time series of this installation. Made when missing.',
    },
  ),
  influxVersion: setting(z.literal([1, 2, 3]).optional(), {
    env: 'INFLUX_VERSION',
    allowed: '1, 2 or 3',
    description: 'InfluxDB version; detected if unset.',
  }),
  memory: setting(
    byteSize.prefault('256MiB').refine((bytes) => bytes >= 32 * 2 ** 20),
    {
      env: 'FOREWARN_SERIES_MEMORY',
      allowed: 'a size from 32MiB on',
      description: 'Memory that DuckDB may take, most of it for pages of its file. InfluxDB has its own.',
    },
  ),
  retention: retention(
    'FOREWARN_SERIES_RETENTION',
    'How long measured values are kept, in whole days (UTC); none keeps them for ever. Their hours and days stay.',
  ),
  hoursRetention: retention(
    'FOREWARN_SERIES_HOURS_RETENTION',
    'How long min, mean, max and count of each hour are kept. Give them more than the values.',
  ),
  daysRetention: retention(
    'FOREWARN_SERIES_DAYS_RETENTION',
    'How long min, mean, max and count of each day are kept.',
  ),
})

const records = z.strictObject({
  databaseUrl: setting(url('postgres', 'postgresql').optional(), {
    env: 'DATABASE_URL',
    allowed: 'a URL such as postgres://user:password@host:5432/forewarn',
    description:
      'PostgreSQL for devices, tickets and notices. Without it PGlite keeps them in the data folder.',
    secret: true,
  }),
})

const queue = z.strictObject({
  redisUrl: setting(url('redis', 'rediss').optional(), {
    env: 'REDIS_URL',
    allowed: 'a URL such as redis://:password@host:6379',
    description: 'Redis for the job queues. Without it they live in the records database.',
    secret: true,
  }),
})

const rules = z.strictObject({
  kindsDir: setting(pathList.prefault(''), {
    env: 'FOREWARN_RULES_KINDS_DIR',
    allowed: 'a list of paths of folders; in the environment separated by commas',
    description:
      'Folders of device kinds, on top of the shipped ones: a kind of the same name replaces the earlier one.',
  }),
  catalogDir: setting(pathList.prefault(''), {
    env: 'FOREWARN_RULES_CATALOG_DIR',
    allowed: 'a list of paths of folders; in the environment separated by commas',
    description:
      'Folders of rules, on top of the shipped ones: a rule of the same name replaces the earlier one.',
  }),
  disabled: setting(nameList.prefault(''), {
    env: 'FOREWARN_RULES_DISABLED',
    allowed: 'a list of names, `*` for any characters; in the environment separated by commas',
    description: 'Shipped rules that are not used, such as `vehicle.*`.',
  }),
  removals: setting(z.enum(['refuse', 'accept']).prefault('refuse'), {
    env: 'FOREWARN_RULES_REMOVALS',
    allowed: 'refuse or accept',
    description:
      'What a start or reload does when files of more than one live rule are gone. The findings of a removed rule are cleared.',
  }),
  threads: setting(z.int().min(0).max(64).prefault(1), {
    env: 'FOREWARN_RULES_THREADS',
    allowed: 'a whole number, 0 to 64',
    description:
      'Threads that evaluate the rules; each takes its share of the partitions of the journal. 0: the thread that accepts readings evaluates them too, which saves memory.',
  }),
})

/** All settings of the program. Parsed, durations and times are in milliseconds and sizes in bytes. */
export const settingsSchema = z.strictObject({
  dataDir: setting(path.prefault('./data'), {
    env: 'FOREWARN_DATA_DIR',
    allowed: 'a path of a folder',
    description: 'Data folder; used by one process at a time.',
  }),
  roles,
  http: http.prefault({}),
  mqtt: mqtt.prefault({}),
  ingest: ingest.prefault({}),
  quarantine: quarantine.prefault({}),
  journal: journal.prefault({}),
  series: series.prefault({}),
  records: records.prefault({}),
  queue: queue.prefault({}),
  email: email.prefault({}),
  webPush: webPush.prefault({}),
  webhook: webhook.prefault({}),
  fcm: fcm.prefault({}),
  rules: rules.prefault({}),
  log: log.prefault({}),
  plugins: setting(pathList.prefault(''), {
    env: 'FOREWARN_PLUGINS',
    allowed: 'a list of paths of ES modules; in the environment separated by commas',
    description:
      'Modules with further detectors and notice channels, see docs/plugins.md. Their code is trusted.',
  }),
})

export type Settings = z.output<typeof settingsSchema>

export const allSettings = collectSettings(settingsSchema)
