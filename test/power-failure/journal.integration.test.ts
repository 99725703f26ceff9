import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openLmdbJournal } from '../../store/journal/lmdb/lmdb-journal.ts'
import { entries, readRetained } from '../../store/journal/testing/entries.ts'
import { findExecutable } from '../support/executables.ts'
import { eventually } from '../support/program.ts'
import { compileShim, restoreDurableFiles, shimEnvironment } from './shim.ts'

const gcc = findExecutable('gcc')
const appendLoad = join(import.meta.dirname, '..', '..', 'store', 'journal', 'testing', 'append-load.ts')

describe.skipIf(gcc === undefined)('after a power failure', () => {
  let home: string
  let library: string
  const children: ChildProcess[] = []
  beforeAll(async () => {
    home = await mkdtemp(join(tmpdir(), 'forewarn-power-'))
    library = compileShim(gcc ?? '', home)
  })
  afterAll(async () => {
    for (const child of children) child.kill('SIGKILL')
    await rm(home, { recursive: true, force: true })
  })

  function start(args: readonly string[], folder: string, earlyPercent: number) {
    const env = { PATH: process.env.PATH ?? '', ...shimEnvironment(library, { folder, earlyPercent }) }
    const child = spawn(process.execPath, args, { env, stdio: ['ignore', 'pipe', 'inherit'] })
    children.push(child)
    const said: string[] = []
    const lines = createInterface({ input: child.stdout }).on('line', (line) => said.push(line))
    const ended = Promise.all([once(child, 'close'), once(lines, 'close')])
    return { child, said, ended }
  }

  it('a file has what was synced, and nothing else', async () => {
    const folder = await mkdtemp(join(home, 'files-'))
    const script = `
      const fs = require('node:fs')
      for (const [name, sync] of [['synced', true], ['unsynced', false]]) {
        const file = fs.openSync('${folder}/' + name, 'w')
        fs.writeSync(file, 'before ')
        if (sync) fs.fdatasyncSync(file)
        fs.writeSync(file, 'after')
      }
      process.kill(process.pid, 'SIGKILL')`
    await start(['-e', script], folder, 0).ended
    expect(await readFile(join(folder, 'unsynced'), 'utf8')).toBe('before after')
    restoreDurableFiles(folder)
    expect(await readFile(join(folder, 'synced'), 'utf8')).toBe('before ')
    expect(await readFile(join(folder, 'unsynced'), 'utf8')).toBe('')
  })

  it.each([
    ['no write reaches the disk before its sync', 0],
    ['some writes reach the disk before their sync', 50],
  ])('the journal has everything that was acknowledged, where %s', { timeout: 60_000 }, async (_, early) => {
    const folder = await mkdtemp(join(home, 'journal-'))
    let acknowledged = 0
    for (const failureAfter of [100, 40, 300]) {
      const { child, said, ended } = start(['--import', 'tsx', appendLoad, folder], folder, early)
      const newest = () => Math.max(0, ...said.map(Number))
      await eventually(async () => (newest() > acknowledged + failureAfter ? true : undefined))
      child.kill('SIGKILL')
      await ended
      restoreDurableFiles(folder)
      acknowledged = newest()
      const journal = await openLmdbJournal({ dir: folder, maxBytes: 1_000_000_000, keepEntries: 0 })
      const retained = await readRetained(journal)
      const { stored } = await journal.tally()
      await journal.close()
      expect(retained.next).toBeGreaterThanOrEqual(acknowledged)
      expect(retained.entries).toEqual(entries(0, retained.next))
      expect(stored).toBe(retained.next)
    }
  })
})
