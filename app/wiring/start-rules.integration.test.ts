import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { RuleFilesError } from '../../rules/files/rule-file-problem.ts'
import { openRuleRollout, type RuleRollout } from '../../rules/rollout/rule-rollout.ts'
import { catalogFolder, kindsFolder, shippedReferences } from '../../rules/testing/rules.ts'
import { type Journal, JournalFullError } from '../../store/journal/journal.ts'
import { openLmdbJournal } from '../../store/journal/lmdb/lmdb-journal.ts'
import { startRules } from './start-rules.ts'

let dir: string
let journal: Journal
let onError: ReturnType<typeof vi.fn<(error: unknown) => void>>

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'forewarn-start-rules-'))
  journal = await openLmdbJournal({ dir, maxBytes: 200_000, keepEntries: 1 })
  onError = vi.fn<(error: unknown) => void>()
})
afterEach(async () => {
  await journal.close()
  await rm(dir, { recursive: true })
})

function openLife(folder = catalogFolder): Promise<RuleRollout> {
  const archive = { find: async () => undefined, findPreviousLive: async () => undefined }
  return openRuleRollout({
    journal,
    references: shippedReferences,
    catalog: { folders: [folder], disabled: [] },
    kindFolders: [kindsFolder],
    archive,
    now: () => 1,
  })
}

/** Fill the journal until nothing more fits. */
async function fill(): Promise<void> {
  const reading = { device: 'd'.repeat(1_000), ts: 1, values: { battery_temp_c: 20 } }
  const entries = Array.from({ length: 10 }, () => ({ type: 'reading' as const, receivedAt: 1, reading }))
  await expect(async () => {
    for (;;) await journal.append('telemetry', entries)
  }).rejects.toThrow(JournalFullError)
}

it('refuses to start with rule files that are not in order', async () => {
  const life = await openLife(join(dir, 'nowhere'))
  await expect(
    startRules({ ruleRollout: life, partitions: [journal], now: () => 1, onError }),
  ).rejects.toThrow(RuleFilesError)
})

it('lets the consumers of a full journal make room first', async () => {
  const consumer = await journal.consumer('rules', 'telemetry')
  await fill()
  const life = await openLife()
  const stop = await startRules({ ruleRollout: life, partitions: [journal], now: () => 1, onError })
  expect(onError).toHaveBeenCalledWith(expect.any(JournalFullError))
  expect(life.current.live).toEqual([])

  await consumer.commit({ cursor: (await journal.info()).streams.telemetry.head })
  await vi.waitFor(() => expect(life.current.live).not.toEqual([]))
  await stop()
})

it('waits no longer when the program stops', async () => {
  await journal.consumer('rules', 'telemetry')
  await fill()
  const life = await openLife()
  const stop = await startRules({ ruleRollout: life, partitions: [journal], now: () => 1, onError })
  await stop()
  expect(life.current.live).toEqual([])
  expect(onError).toHaveBeenCalledTimes(1)
})
