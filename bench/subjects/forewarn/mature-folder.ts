import { fork } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { dayMs, hourMs } from '../../../lib/time.ts'
import { Load } from '../../load/load.ts'
import { historyDays } from '../../load/robot-vacuum.ts'
import { note } from '../../measure/note.ts'
import { ForewarnProgram, pinnedRules } from './forewarn-program.ts'

export interface MatureFolder {
  dataDir: string
  /** ms since 1970 UTC. */
  historyStart: number
  devices: number
}

/** Fewer messages make the history sooner; the rules see the same readings. */
const daysPerMessage = 12

/** Older than this, its newest readings are no longer those of yesterday. */
const maxAgeMs = 20 * hourMs
const root = join(import.meta.dirname, '..', '..', '..')
/** What decides what a data folder looks like. */
const sources = ['dist/contract', 'dist/ingest', 'dist/rules', 'dist/store', 'bench/rules']
const historySource = 'bench/load/robot-vacuum.ts'

/** A folder of half a year cannot be made. */
class MatureFolderError extends Error {
  override readonly name = 'MatureFolderError'
}

/** Devices whose history is published: it raises no finding, so that no round measures the desk. */
export const originals = 1_000

/**
 * Return the data folder of 1,000 devices with half a year of history, made by the program itself from readings over MQTT, and the fleet
 * model learnt from it. It is kept for the next benchmark of the same code.
 */
export async function prepareMatureFolder(): Promise<MatureFolder> {
  const devices = originals
  const cache = join(tmpdir(), 'forewarn-bench-mature')
  const dir = join(cache, await hashSources())
  const dataDir = join(dir, 'data')
  const stampFile = join(dir, 'stamp.json')
  if (existsSync(stampFile)) {
    const { historyStart } = JSON.parse(await readFile(stampFile, 'utf8')) as { historyStart: number }
    if (Date.now() - historyStart < historyDays * dayMs + maxAgeMs) return { dataDir, historyStart, devices }
  }
  await rm(dir, { recursive: true, force: true })
  await mkdir(cache, { recursive: true })
  const making = await mkdtemp(join(cache, 'making-'))
  note(`making the history of ${devices} devices (${historyDays} days; kept in ${cache})`)
  const historyStart = Date.now() - historyDays * dayMs
  await publishHistory(join(making, 'data'), { devices, historyStart })
  await learnFleetModel(join(making, 'data'))
  await writeFile(join(making, 'stamp.json'), JSON.stringify({ historyStart }))
  await moveUnlessPresent(making, dir)
  return { dataDir, historyStart, devices }
}

/** Give a folder its name when it is complete. Another benchmark that runs at the same time may have made the same one. */
export async function moveUnlessPresent(from: string, to: string): Promise<void> {
  if (existsSync(to)) await rm(from, { recursive: true })
  else await rename(from, to)
}

async function publishHistory(
  dataDir: string,
  { devices, historyStart }: Pick<MatureFolder, 'devices' | 'historyStart'>,
): Promise<void> {
  const env = {
    ...process.env,
    ...pinnedRules,
    FOREWARN_DATA_DIR: dataDir,
    FOREWARN_HTTP_PORT: '0',
    FOREWARN_MQTT_PORT: '0',
  }
  const program = fork(new URL('./mature-process.ts', import.meta.url), { env })
  const load = new Load()
  try {
    const [{ port }] = (await once(program, 'message')) as [{ port: number }]
    const boot = 1
    await load.run({
      type: 'connect',
      port,
      connections: devices,
      devices,
      historyStart,
      boot,
      announce: true,
    })
    for (let day = 0; day < historyDays; day += daysPerMessage) {
      const length = Math.min(daysPerMessage, historyDays - day)
      const times = Array.from({ length }, (_, n) => Math.round(historyStart + (day + n) * dayMs))
      await load.run({ type: 'history', times })
      note(`day ${day + length} of ${historyDays}`)
    }
    await load.stop()
    program.send('finish')
    const [{ findings }] = (await once(program, 'message')) as [{ findings: string[] }]
    if (findings.length > 0)
      throw new MatureFolderError(`the history raised ${findings.length} findings: ${findings[0]}`)
    await once(program, 'exit')
  } finally {
    await load.stop()
    program.kill('SIGKILL')
  }
}

/** The first tick of a start builds the fleet model where there was none for a day. */
async function learnFleetModel(template: string): Promise<void> {
  const program = await ForewarnProgram.start({ dataDir: template, env: pinnedRules })
  await program.waitUntilDrained()
  await program.end()
}

async function hashSources(): Promise<string> {
  const hash = createHash('sha256')
  for (const source of sources) {
    const names = (await readdir(join(root, source), { recursive: true })).filter((name) =>
      /\.(js|ts|ya?ml|sql)$/.test(name),
    )
    for (const name of names.sort()) hash.update(name).update(await readFile(join(root, source, name)))
  }
  hash.update(await readFile(join(root, historySource)))
  return hash.digest('hex').slice(0, 12)
}
