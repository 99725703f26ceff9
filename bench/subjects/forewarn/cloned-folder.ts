import { existsSync } from 'node:fs'
import { cp, mkdtemp } from 'node:fs/promises'
import { join } from 'node:path'
import { open } from 'lmdb'
import type { Device } from '../../../contract/device.ts'
import type { TelemetryEntry } from '../../../contract/entry.ts'
import { loadDevices, toDeviceFacts } from '../../../ingest/acceptance/device-registry.ts'
import { rulesConsumerName } from '../../../rules/consumer/rules-consumer.ts'
import type { Journal, JournalConsumer } from '../../../store/journal/journal.ts'
import { openLmdbJournal } from '../../../store/journal/lmdb/lmdb-journal.ts'
import { devicePrefix } from '../../load/load-connection.ts'
import { note } from '../../measure/note.ts'
import { ForewarnProgram, pinnedRules } from './forewarn-program.ts'
import { type MatureFolder, moveUnlessPresent, originals, prepareMatureFolder } from './mature-folder.ts'

/** Devices of the pipeline's load. */
const pipelineDevices = 2_000
const devicesPerCommit = 500
const journalLimits = { maxBytes: 8 * 2 ** 30, keepEntries: 100_000 }

/**
 * Return a data folder with so many devices, of which all but 1,000 have the states of others: to publish half a year of 100,000
 * devices would take hours. Their states, registrations and records are there; their series are not. Kept as the folder that
 * it is made from.
 */
export async function prepareClonedFolder(devices = pipelineDevices): Promise<MatureFolder> {
  const mature = await prepareMatureFolder()
  if (devices <= originals) return mature
  const dataDir = `${mature.dataDir}-${devices}`
  if (!existsSync(dataDir)) {
    note(`giving ${devices} devices the states of ${originals}`)
    const making = await mkdtemp(`${dataDir}-making-`)
    await cp(mature.dataDir, making, { recursive: true })
    await cloneStates(join(making, 'journal'), devices)
    const program = await ForewarnProgram.start({ dataDir: making, env: pinnedRules })
    await program.waitUntilDrained()
    await program.end()
    await moveUnlessPresent(making, dataDir)
  }
  return { ...mature, dataDir, devices }
}

async function cloneStates(dir: string, devices: number): Promise<void> {
  const journal = await openLmdbJournal({ ...journalLimits, dir })
  const consumer = await journal.consumer(rulesConsumerName, 'telemetry')
  const known = await loadDevices(journal)
  for (let from = originals; from < devices; from += devicesPerCommit) {
    const numbers = Array.from({ length: Math.min(devicesPerCommit, devices - from) }, (_, n) => from + n)
    await clonePortion({ journal, consumer, known }, numbers)
  }
  await journal.close()
}

async function clonePortion(
  {
    journal,
    consumer,
    known,
  }: { journal: Journal; consumer: JournalConsumer<TelemetryEntry>; known: ReadonlyMap<string, Device> },
  numbers: readonly number[],
): Promise<void> {
  const originalOf = (number: number) => `${devicePrefix}${number % originals}`
  const states = await consumer.states([...new Set(numbers.map(originalOf))])
  const clones: Device[] = []
  const state = new Map<string, unknown>()
  for (const number of numbers) {
    const original = known.get(originalOf(number))
    if (!original) throw new RangeError(`${originalOf(number)} is not registered`)
    const device = { ...original, id: `${devicePrefix}${number}`, owner: `owner-${number}` }
    clones.push(device)
    state.set(device.id, withDevice(states.get(original.id), device))
  }
  await consumer.commit({ cursor: await consumer.cursor(), state })
  const receivedAt = Date.now()
  const entries = clones.map((device) => ({ type: 'device' as const, receivedAt, device }))
  await journal.append('telemetry', entries, { facts: toDeviceFacts(clones) })
}

/** A state names its device. */
function withDevice(state: unknown, device: Device): unknown {
  if (typeof state !== 'object' || state === null) throw new TypeError(`there is no state for ${device.id}`)
  return 'device' in state ? { ...state, device } : state
}

/** Return the mean size of a device's state of the rules on disk, bytes. The program must not run. */
export function measureStateBytes(dataDir: string): number {
  const env = open({ path: join(dataDir, 'journal'), noSubdir: false, readOnly: true, maxDbs: 12 })
  const states = env.openDB<Buffer, [string, string]>('states', { encoding: 'binary' })
  let bytes = 0
  let count = 0
  for (const { key, value } of states.getRange({ start: [rulesConsumerName, devicePrefix] })) {
    if (!key[1].startsWith(devicePrefix)) break
    bytes += value.length
    count += 1
  }
  void env.close()
  return bytes / count
}
