import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { packageRoot } from '../../lib/package-root.ts'
import { type ExternalExecutable, findExecutable } from '../support/executables.ts'
import { startInflux } from '../support/influx.ts'
import { startMosquitto } from '../support/mosquitto.ts'
import { freePort } from '../support/ports.ts'
import { startPostgres } from '../support/postgres.ts'
import { startRedis } from '../support/redis.ts'
import { proxyTargetOf, startTcpProxy, type TcpProxy } from '../support/tcp-proxy.ts'
import type { FleetSize } from './fleet/device-traffic.ts'
import type { FaultTarget } from './inject-fault.ts'

export type DeploymentProfile = 'embedded' | 'production'

/** What one installation consists of beside the program, each reached through a network that can be disturbed. */
export interface ChaosEnvironment {
  /** The settings of the program. */
  env: Record<string, string>
  /** The same without the networks between, for reading what is kept. */
  storesEnv: Record<string, string>
  /** Where devices and phones connect. */
  mqttUrl: string
  /** Everything but the program that can fail. */
  targets: FaultTarget[]
  stop(): Promise<void>
}

/** Those whose rules look at one device by itself and at its readings' own times: what they say is the same in every run. */
const rules = [
  'robot_vacuum.battery_worn',
  'robot_vacuum.filter_clogged',
  'robot_vacuum.brush_motor_slow',
  'washing_machine.drum_vibration',
  'air_conditioner.filter_clogged',
]

export interface EnvironmentOptions {
  parts: DeploymentProfile
  /** Whether the broker may be killed. */
  killBroker: boolean
  /** Whether messages of a device may overtake each other on the way to the rules. */
  overtaking?: boolean
  size: Pick<FleetSize, 'devices' | 'readings'>
}

export async function startEnvironment({
  parts,
  killBroker,
  overtaking = false,
  size,
}: EnvironmentOptions): Promise<ChaosEnvironment> {
  const folder = await mkdtemp(join(tmpdir(), 'forewarn-chaos-'))
  const undo: (() => Promise<unknown>)[] = [() => rm(folder, { recursive: true, force: true })]
  const stop = async () => {
    for (const step of undo.reverse()) await step()
  }
  try {
    const common = await commonSettings(folder, size, overtaking)
    const more = await (parts === 'embedded'
      ? startEmbedded(common, undo)
      : startProduction(undo, killBroker))
    return {
      ...more,
      env: { ...common, ...more.env },
      storesEnv: { ...common, ...more.storesEnv },
      stop,
    }
  } catch (error) {
    await stop()
    throw error
  }
}

async function commonSettings(
  folder: string,
  size: Pick<FleetSize, 'devices' | 'readings'>,
  overtaking: boolean,
): Promise<Record<string, string>> {
  const [kindsDir, catalogDir] = [join(folder, 'kinds'), join(folder, 'catalog')]
  const shipped = join(packageRoot, 'rules')
  await mkdir(catalogDir)
  await cp(join(shipped, 'kinds'), kindsDir, { recursive: true })
  await cp(join(import.meta.dirname, 'catalog'), catalogDir, { recursive: true })
  for (const rule of rules)
    await cp(join(shipped, 'catalog', `${rule}.yaml`), join(catalogDir, `${rule}.yaml`))
  // Of one kind what overtook each other is put in order, so that readings wait in the state of the rules.
  const sorted = overtaking
    ? ['robot_vacuum', 'washing_machine', 'air_conditioner', 'phone']
    : ['robot_vacuum']
  for (const kind of sorted) {
    const file = join(kindsDir, `${kind}.yaml`)
    await writeFile(file, `${await readFile(file, 'utf8')}lateness: ${overtaking ? '90d' : '4d'}\n`)
  }
  return {
    FOREWARN_DATA_DIR: join(folder, 'data'),
    FOREWARN_HTTP_PORT: `${await freePort()}`,
    FOREWARN_MQTT_PORT: `${await freePort()}`,
    FOREWARN_RULES_KINDS_DIR: kindsDir,
    FOREWARN_RULES_CATALOG_DIR: catalogDir,
    FOREWARN_RULES_DISABLED: '*',
    FOREWARN_JOURNAL_KEEP_ENTRIES: `${entriesToKeep(size)}`,
  }
}

/**
 * The journal is trimmed on the way. What devices and the broker send again after a connection must still be known to it: a
 * broker may have a thousand messages in flight.
 */
function entriesToKeep({ devices, readings }: Pick<FleetSize, 'devices' | 'readings'>): number {
  return 20 * devices + Math.min(1_000, Math.max(60, Math.floor((devices * readings) / 6)))
}

type ProfileEnvironment = Pick<ChaosEnvironment, 'env' | 'storesEnv' | 'mqttUrl' | 'targets'>
type CleanupSteps = (() => Promise<unknown>)[]

async function startEmbedded(
  { FOREWARN_MQTT_PORT }: Record<string, string>,
  undo: CleanupSteps,
): Promise<ProfileEnvironment> {
  const network = await startTcpProxy({ port: Number(FOREWARN_MQTT_PORT) })
  undo.push(() => network.stop())
  return {
    env: {},
    storesEnv: {},
    mqttUrl: network.url('mqtt'),
    targets: [{ name: "the devices' network", weight: 1, network }],
  }
}

/** Its queue is written at each change, not every half an hour: what it acknowledged and did not write is lost with it. */
const brokerConfig = ['max_queued_messages 0', 'autosave_on_changes true', 'autosave_interval 1']

/** Shorter than some pauses, so that the journal is lost to another process in between. */
const lease = '3s'

async function startProduction(undo: CleanupSteps, killBroker: boolean): Promise<ProfileEnvironment> {
  const keep = async <T extends { stop(): Promise<void> }>(starting: Promise<T>): Promise<T> => {
    const started = await starting
    undo.push(() => started.stop())
    return started
  }
  const before = ({ url }: { url: string }) => keep(startTcpProxy(proxyTargetOf(url)))
  const broker = await keep(
    startMosquitto({ executable: requireExecutable('mosquitto'), config: brokerConfig }),
  )
  const redis = await keep(startRedis(requireExecutable('redis-server'), { appendfsync: 'always' }))
  const postgres = await keep(startPostgres(requireExecutable('postgres')))
  const influx = await keep(startInflux(requireExecutable('influxd')))
  const devices = await before(broker)
  const near = {
    broker: await before(broker),
    redis: await before(redis),
    postgres: await before(postgres),
    influx: await before(influx),
  }
  const settings = { JOURNAL: 'redis', FOREWARN_JOURNAL_LEASE: lease }
  return {
    env: {
      ...settings,
      MQTT_URL: near.broker.url('mqtt'),
      REDIS_URL: near.redis.url('redis'),
      DATABASE_URL: proxiedUrl(near.postgres, postgres.url),
      INFLUX_URL: near.influx.url('http'),
    },
    storesEnv: { ...settings, DATABASE_URL: postgres.url, REDIS_URL: redis.url },
    mqttUrl: devices.url('mqtt'),
    targets: [
      { name: "the devices' network", weight: 1, network: devices },
      {
        name: 'the broker',
        weight: 1,
        server: broker,
        network: near.broker,
        excludedKinds: killBroker ? [] : ['kill'],
      },
      { name: 'Redis', weight: 2, server: redis, network: near.redis },
      { name: 'PostgreSQL', weight: 2, server: postgres, network: near.postgres },
      { name: 'InfluxDB', weight: 1, server: influx, network: near.influx },
    ],
  }
}

/** The same address, by way of the network. */
function proxiedUrl({ port }: TcpProxy, address: string): string {
  const url = new URL(address)
  url.port = `${port}`
  return url.href
}

function requireExecutable(part: ExternalExecutable): string {
  const executable = findExecutable(part)
  if (executable === undefined)
    throw new MissingServerError(`${part} is not installed: production parts need it`)
  return executable
}

/** A server that the production parts consist of is not installed. */
class MissingServerError extends Error {
  override readonly name = 'MissingServerError'
}
