import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { describeJournal } from '../journal.conformance.ts'
import { JournalKeyError, JournalLockedError } from '../journal.ts'
import { entries, readRetained } from '../testing/entries.ts'
import { fillJournal, type JournalFixture, type JournalLimits } from '../testing/journal-fixture.ts'
import { openLmdbJournal } from './lmdb-journal.ts'

const roomy = { maxBytes: 1_000_000_000, keepEntries: 0 }

async function openRig(limits: JournalLimits): Promise<JournalFixture> {
  const dir = await mkdtemp(join(tmpdir(), 'forewarn-journal-'))
  let journal = await openLmdbJournal({ dir, ...limits })
  return {
    journal,
    async reopen() {
      await journal.close()
      journal = await openLmdbJournal({ dir, ...limits })
      return journal
    },
    async destroy() {
      await journal.close()
      await rm(dir, { recursive: true })
    },
  }
}

describeJournal('LMDB', openRig)

describe('LMDB journal on its directory', () => {
  let dir: string
  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'forewarn-journal-'))
  })
  afterEach(() => rm(dir, { recursive: true }))

  /** Start a process that floods the journal; `acknowledged` grows with what it prints. */
  function flood({ largestFileBlocks = 'unlimited' } = {}) {
    const script = fileURLToPath(new URL('../testing/append-load.ts', import.meta.url))
    const command = `ulimit -f ${largestFileBlocks}; exec "$0" --import tsx "$1" "$2"`
    const child = spawn('sh', ['-c', command, process.execPath, script, dir], {
      stdio: ['ignore', 'pipe', 'ignore'],
    })
    const lines = createInterface({ input: child.stdout })
    const ended = Promise.all([once(child, 'exit'), once(lines, 'close')])
    const run = { acknowledged: 0, refused: false, pid: child.pid, ended, reached, kill }
    lines.on('line', (line) => {
      if (line === 'refused') run.refused = true
      else run.acknowledged = Number(line)
    })
    async function reached(offset: number): Promise<void> {
      while (run.acknowledged < offset) await once(lines, 'line')
    }
    async function kill(): Promise<void> {
      child.kill('SIGKILL')
      await ended
    }
    return run
  }

  it('has after kill -9 everything that was acknowledged, in order, once', async () => {
    let head = 0
    for (const further of [50, 777, 2_500, 111]) {
      const run = flood()
      await run.reached(head + further)
      await run.kill()
      const journal = await openLmdbJournal({ dir, ...roomy })
      const kept = await readRetained(journal)
      expect(kept.next).toBeGreaterThanOrEqual(run.acknowledged)
      expect(kept.entries).toEqual(entries(0, kept.next))
      expect(await journal.tally()).toEqual({ stored: kept.next })
      await journal.close()
      head = kept.next
    }
  })

  it('refuses appends that the disk does not take, and goes on when it does again', async () => {
    const run = flood({ largestFileBlocks: '1000' })
    expect((await run.ended)[0]).toEqual([0, null])
    expect(run.refused).toBe(true)
    const journal = await openLmdbJournal({ dir, ...roomy })
    const kept = await readRetained(journal)
    expect(run.acknowledged).toBeGreaterThan(0)
    expect(kept.next).toBe(run.acknowledged)
    expect(kept.entries).toEqual(entries(0, kept.next))
    expect(await journal.append('telemetry', entries(kept.next, kept.next + 1))).toBe(kept.next + 1)
    await journal.close()
  })

  it('is refused to a second process while the first lives, by name', async () => {
    const run = flood()
    await run.reached(1)
    try {
      const error = await openLmdbJournal({ dir, ...roomy }).catch((reason: unknown) => reason)
      expect(error).toBeInstanceOf(JournalLockedError)
      expect(error).toMatchObject({ pid: run.pid })
    } finally {
      await run.kill()
    }
    await (await openLmdbJournal({ dir, ...roomy })).close()
  })

  it('is refused to a second opening in the same process', async () => {
    const journal = await openLmdbJournal({ dir, ...roomy })
    await expect(openLmdbJournal({ dir, ...roomy })).rejects.toThrow(JournalLockedError)
    expect(await journal.append('telemetry', entries(0, 1))).toBe(1)
    await journal.close()
    await (await openLmdbJournal({ dir, ...roomy })).close()
  })

  it('knows after a reopen how many bytes it holds', async () => {
    const journal = await openLmdbJournal({ dir, ...roomy })
    const consumer = await journal.consumer('one', 'telemetry')
    for (const to of [1, 100, 400]) await journal.append('telemetry', entries(0, to))
    await consumer.commit({ cursor: 50 })
    const { bytes } = await journal.info()
    await journal.close()
    const reopened = await openLmdbJournal({ dir, ...roomy })
    expect((await reopened.info()).bytes).toBe(bytes)
    await reopened.close()
  })

  it('accepts entries again when nothing holds trimming any more', async () => {
    const journal = await openLmdbJournal({ dir, maxBytes: 100_000, keepEntries: 0 })
    const consumer = await journal.consumer('one', 'telemetry')
    const release = journal.copying?.holdTrimming()
    await consumer.commit({ cursor: await fillJournal(journal) })
    expect((await journal.info()).full).toBe(true)
    await release?.()
    await journal.waitForSpace(AbortSignal.timeout(5_000))
    expect((await journal.info()).full).toBe(false)
    await journal.close()
  })

  it('refuses keys that LMDB cannot take, and appends nothing with them', async () => {
    const journal = await openLmdbJournal({ dir, ...roomy })
    const facts = new Map([['x'.repeat(501), 1]])
    await expect(journal.append('telemetry', entries(0, 1), { facts })).rejects.toThrow(JournalKeyError)
    await expect(journal.consumer('', 'telemetry')).rejects.toThrow(JournalKeyError)
    expect((await journal.info()).streams.telemetry.head).toBe(0)
    await journal.close()
  })
})
