import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { copyFile, mkdir, mkdtemp, open, rm, stat, truncate } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { entries } from '../testing/entries.ts'
import { openLmdbJournal } from './lmdb-journal.ts'

const pageBytes = 4096
let dir: string
let sound: string
let pages: number

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'forewarn-damage-'))
  const journal = await openLmdbJournal({ dir: join(dir, 'sound'), maxBytes: 2 ** 30, keepEntries: 2 ** 30 })
  const consumer = await journal.consumer('rules', 'telemetry')
  for (let from = 0; from < 1_500; from += 5) {
    const facts = new Map([[`device/${from}`, { id: from, kind: 'phone' }]])
    await journal.append('telemetry', entries(from, from + 5), { facts })
    await consumer.commit({ cursor: from, state: new Map([[`d${from}`, 'x'.repeat(from)]]) })
  }
  await journal.close()
  sound = join(dir, 'sound', 'data.mdb')
  pages = (await stat(sound)).size / pageBytes
})
afterAll(() => rm(dir, { recursive: true }))

/** The same numbers for the same seed (a linear congruential generator). */
function numbers(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state = (state * 1_103_515_245 + 12_345) % 2 ** 31
    return state % below
  }
}

async function overwrite(file: string, page: number, bytes: Buffer): Promise<void> {
  const handle = await open(file, 'r+')
  await handle.write(bytes, 0, bytes.length, page * pageBytes)
  await handle.close()
}

const garbage = (next: (below: number) => number) =>
  Buffer.from(Array.from({ length: pageBytes }, () => next(256)))

type Damage = (file: string, next: (below: number) => number) => Promise<void>

const damages: Record<string, Damage> = {
  'zero length': (file) => truncate(file, 0),
  'a first page that ends early': (file) => truncate(file, 100),
  'nothing but its head': (file) => truncate(file, 2 * pageBytes),
  'cut in the middle': (file) => truncate(file, (pages >> 1) * pageBytes + 77),
  'no first head': (file, next) => overwrite(file, 0, garbage(next)),
  'no second head': (file) => overwrite(file, 1, Buffer.alloc(pageBytes)),
  ...Object.fromEntries(
    Array.from({ length: 12 }, (_, index) => [
      `garbage in a page (${index})`,
      (file: string, next: (below: number) => number) => overwrite(file, 2 + next(pages - 2), garbage(next)),
    ]),
  ),
  ...Object.fromEntries(
    Array.from({ length: 4 }, (_, index) => [
      `a page of zeros (${index})`,
      (file: string, next: (below: number) => number) =>
        overwrite(file, 2 + next(pages - 2), Buffer.alloc(pageBytes)),
    ]),
  ),
}

/** Open, reads all and write, in a process of its own: a crash is a signal, words are exit code 3. */
async function use(folder: string): Promise<{ ended: unknown; said: string }> {
  const script = fileURLToPath(new URL('../testing/exercise-journal.ts', import.meta.url))
  const child = spawn(process.execPath, ['--import', 'tsx', script, folder], {
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  let said = ''
  child.stdout.on('data', (chunk: Buffer) => {
    said += chunk.toString()
  })
  const [code, signal] = await once(child, 'close')
  return { ended: signal ?? code, said }
}

it.each(Object.entries(damages))(
  '%s: refused in words, or not needed',
  { timeout: 60_000 },
  async (name, damage) => {
    const folder = join(dir, name)
    await mkdir(folder)
    const file = join(folder, 'data.mdb')
    await copyFile(sound, file)
    await damage(file, numbers(name.length * 7_919))
    const { ended, said } = await use(folder)
    if (ended === 3) expect(said).toContain(`JournalDamagedError: the journal in ${folder} is damaged: `)
    else expect({ ended, said }).toEqual({ ended: 0, said: '1500 entries, 300 facts\n' })
  },
)
