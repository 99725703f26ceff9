import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { packageRoot } from '../../lib/package-root.ts'
import { startMosquitto } from '../support/mosquitto.ts'
import { findPart, type Part } from '../support/parts.ts'
import { freePort } from '../support/ports.ts'
import { startPostgres } from '../support/postgres.ts'
import { startRedis } from '../support/redis.ts'
import type { Restartable } from '../support/restartable.ts'
import { startTcpProxy, type TcpProxy, targetOf } from '../support/tcp-proxy.ts'
import type { Target } from './target.ts'

export type PartsName = 'embedded' | 'production'

/** What one installation consists of beside the program, each reached through a network that can be disturbed. */
export interface Parts {
  /** The settings of the program. */
  env: Record<string, string>
  /** The same without the networks between, for reading what is kept. */
  storesEnv: Record<string, string>
  httpUrl: string
  /** Where devices and phones connect. */
  mqttUrl: string
  /** Everything but the program that can fail. */
  targets: Target[]
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

export async function startParts(name: PartsName): Promise<Parts> {
  const folder = await mkdtemp(join(tmpdir(), 'forewarn-chaos-'))
  const undo: (() => Promise<unknown>)[] = [() => rm(folder, { recursive: true, force: true })]
  const stop = async () => {
    for (const step of undo.reverse()) await step()
  }
  try {
    const common = await commonSettings(folder)
    const more = await (name === 'embedded' ? embedded(common, undo) : production(undo))
    return {
      ...more,
      env: { ...common, ...more.env },
      storesEnv: { ...common, ...more.storesEnv },
      stop,
      httpUrl: `http://127.0.0.1:${common.FOREWARN_HTTP_PORT}`,
    }
  } catch (error) {
    await stop()
    throw error
  }
}

async function commonSettings(folder: string): Promise<Record<string, string>> {
  const [kindsDir, catalogDir] = [join(folder, 'kinds'), join(folder, 'catalog')]
  const shipped = join(packageRoot, 'rules')
  await mkdir(catalogDir)
  await cp(join(shipped, 'kinds'), kindsDir, { recursive: true })
  await cp(join(import.meta.dirname, 'catalog'), catalogDir, { recursive: true })
  for (const rule of rules)
    await cp(join(shipped, 'catalog', `${rule}.yaml`), join(catalogDir, `${rule}.yaml`))
  // Of one kind what overtook each other is put in order, so that readings wait in the state of the rules.
  const vacuum = join(kindsDir, 'robot_vacuum.yaml')
  await writeFile(vacuum, `${await readFile(vacuum, 'utf8')}lateness: 4d\n`)
  return {
    FOREWARN_DATA_DIR: join(folder, 'data'),
    FOREWARN_HTTP_PORT: `${await freePort()}`,
    FOREWARN_MQTT_PORT: `${await freePort()}`,
    FOREWARN_RULES_KINDS_DIR: kindsDir,
    FOREWARN_RULES_CATALOG_DIR: catalogDir,
    // Nothing is trimmed, so that every entry can be counted at the end.
    FOREWARN_JOURNAL_KEEP_ENTRIES: '10000000',
  }
}

type Installed = Pick<Parts, 'env' | 'storesEnv' | 'mqttUrl' | 'targets'>
type Undo = (() => Promise<unknown>)[]

async function embedded({ FOREWARN_MQTT_PORT }: Record<string, string>, undo: Undo): Promise<Installed> {
  const network = await startTcpProxy({ port: Number(FOREWARN_MQTT_PORT) })
  undo.push(() => network.stop())
  return {
    env: {},
    storesEnv: {},
    mqttUrl: network.url('mqtt'),
    targets: [{ name: "the devices' network", weight: 1, network }],
  }
}

/** Sound for a power failure too, but for PostgreSQL's fsync, which only matters for that. */
const brokerConfig = ['max_queued_messages 0', 'autosave_on_changes true', 'autosave_interval 1']

async function production(undo: Undo): Promise<Installed> {
  const broker = await startMosquitto({ executable: required('mosquitto'), config: brokerConfig })
  undo.push(() => broker.stop())
  const redis = await startRedis(required('redis-server'), { appendfsync: 'always' })
  undo.push(() => redis.stop())
  const postgres = await startPostgres(required('postgres'))
  undo.push(() => postgres.stop())
  const before = async (server: Restartable & { url: string }): Promise<TcpProxy> => {
    const network = await startTcpProxy(targetOf(server.url))
    undo.push(() => network.stop())
    return network
  }
  const [devices, toBroker, toRedis, toPostgres] = [
    await before(broker),
    await before(broker),
    await before(redis),
    await before(postgres),
  ]
  return {
    env: {
      MQTT_URL: toBroker.url('mqtt'),
      REDIS_URL: toRedis.url('redis'),
      DATABASE_URL: throughProxy(postgres.url, toPostgres),
    },
    storesEnv: { DATABASE_URL: postgres.url, REDIS_URL: redis.url },
    mqttUrl: devices.url('mqtt'),
    targets: [
      { name: "the devices' network", weight: 1, network: devices },
      { name: 'the broker', weight: 1, server: broker, network: toBroker, spared: ['kill'] },
      { name: 'Redis', weight: 2, server: redis, network: toRedis },
      { name: 'PostgreSQL', weight: 2, server: postgres, network: toPostgres },
    ],
  }
}

function throughProxy(url: string, { port }: TcpProxy): string {
  const through = new URL(url)
  through.port = `${port}`
  return through.href
}

function required(part: Part): string {
  const executable = findPart(part)
  if (executable === undefined)
    throw new MissingServerError(`${part} is not installed: production parts need it`)
  return executable
}

/** A server that the production parts consist of is not installed. */
export class MissingServerError extends Error {
  override readonly name = 'MissingServerError'
}
