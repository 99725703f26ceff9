import { errorMessage } from '../../lib/error-message.ts'
import type { Settings } from '../settings/schema.ts'
import { influxOptionsFrom } from '../wiring/open-series.ts'
import { checkBroker } from './broker.ts'
import { checkChannels, checkMailServer } from './channels.ts'
import { type DoctorCheck, endInTime, fail, ok } from './check.ts'
import { checkDataFolder, newestFileTime } from './data-folder.ts'
import { checkClock, checkNode, checkOpenFiles, openFilesLimit } from './host.ts'
import { checkInflux } from './influx.ts'
import { checkJournal } from './journal.ts'
import { checkPort, isForewarnRunning } from './ports.ts'
import { checkPostgres } from './postgres.ts'
import { checkRedis } from './redis.ts'

export interface DoctorOptions {
  settings: Settings
  /** Check the rule files and return the problems as messages. */
  checkRules: () => Promise<readonly string[]>
  now: () => number
}

/** Run all checks of the configured installation. They change nothing; the promise never rejects. */
export async function runDoctor({ settings, checkRules, now }: DoctorOptions): Promise<DoctorCheck[]> {
  const { dataDir, mqtt, journal } = settings
  const checks = await Promise.all([
    withFailureCheck('node', async () => [checkNode(process.versions.node)]),
    withFailureCheck('data folder', async () => [await checkDataFolder(dataDir, journal.maxBytes)]),
    withFailureCheck('ports', async () =>
      checkPorts(settings, { isRunning: await isForewarnRunning(settings.http) }),
    ),
    withFailureCheck('open files', async () => [checkOpenFiles(openFilesLimit(), expectedConnections(mqtt))]),
    withFailureCheck('mqtt broker', () => checkMqtt(settings)),
    withFailureCheck('journal', () => checkJournal(settings)),
    withFailureCheck('redis', () => checkQueue(settings)),
    withFailureCheck('influxdb', () => checkSeries(settings)),
    withFailureCheck('postgresql', () => checkRecords(settings)),
    withFailureCheck('notice channels', () => checkChannels(settings)),
    withFailureCheck('mail server', () => checkMailServer(settings)),
    withFailureCheck('rules', async () => [toRulesCheck(await checkRules(), settings)]),
    withFailureCheck('clock', async () => [checkClock(now(), await newestFileTime(dataDir))]),
  ])
  return checks.flat()
}

/** Run a check and return an unexpected error as a failed check, so that the others still report. */
async function withFailureCheck(name: string, check: () => Promise<DoctorCheck[]>): Promise<DoctorCheck[]> {
  try {
    return await check()
  } catch (error) {
    return [fail(name, `the check itself failed: ${errorMessage(error)}`, 'fix the reported error and retry')]
  }
}

/** Return the expected number of connections: with an external broker, devices connect to that one. */
function expectedConnections({ url, maxConnections }: Settings['mqtt']): number {
  return url === undefined ? maxConnections : 1
}

/** @param isRunning whether a Forewarn already runs, which then may use the ports */
export async function checkPorts(
  { http, mqtt }: Settings,
  { isRunning }: { isRunning: boolean },
): Promise<DoctorCheck[]> {
  const api = {
    name: 'http port',
    address: http,
    hostSetting: 'http.host (FOREWARN_HTTP_HOST)',
    portSetting: 'http.port (FOREWARN_HTTP_PORT)',
    ownedByForewarn: isRunning,
  }
  const broker = {
    name: 'mqtt port',
    address: mqtt,
    hostSetting: 'mqtt.host (FOREWARN_MQTT_HOST)',
    portSetting: 'mqtt.port (FOREWARN_MQTT_PORT)',
    ownedByForewarn: isRunning,
  }
  const questions = mqtt.url === undefined ? [api, broker] : [api]
  return Promise.all(questions.map(checkPort))
}

export async function checkMqtt({ mqtt }: Settings): Promise<DoctorCheck[]> {
  const { url, protocolVersion, clientId } = mqtt
  if (url === undefined) return [ok('mqtt broker', 'MQTT_URL is not set: the embedded broker serves')]
  const check = checkBroker({ url, protocolVersion, clientId: `${clientId}-doctor` })
  return endInTime('mqtt broker', asList(check))
}

export async function checkQueue({ queue }: Settings): Promise<DoctorCheck[]> {
  if (queue.redisUrl !== undefined) return endInTime('redis', checkRedis(queue.redisUrl))
  return [ok('redis', 'REDIS_URL is not set: the records database carries the queues')]
}

export async function checkSeries(settings: Settings): Promise<DoctorCheck[]> {
  const influx = influxOptionsFrom(settings)
  if (influx !== undefined) return endInTime('influxdb', asList(checkInflux(influx)))
  return [ok('influxdb', 'INFLUX_URL is not set: DuckDB keeps the time series in the data folder')]
}

export async function checkRecords({ records }: Settings): Promise<DoctorCheck[]> {
  const { databaseUrl } = records
  if (databaseUrl !== undefined) return endInTime('postgresql', asList(checkPostgres(databaseUrl)))
  return [ok('postgresql', 'DATABASE_URL is not set: PGlite keeps the records in the data folder')]
}

async function asList(check: Promise<DoctorCheck>): Promise<DoctorCheck[]> {
  return [await check]
}

function toRulesCheck(problems: readonly string[], { rules }: Settings): DoctorCheck {
  const own = [...rules.kindsDir, ...rules.catalogDir]
  const folders = ['the shipped kinds and rules', ...own].join(', ')
  if (problems.length === 0) return ok('rules', `${folders} are in order`)
  return fail('rules', problems.join('\n'), 'correct the files; forewarn rules check tells more')
}
