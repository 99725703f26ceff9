import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { RuleSetEntry } from '../../contract/entry.ts'
import type { RuleVersion } from '../../contract/rule-version.ts'
import { type Journal, JournalWriteError } from '../../store/journal/journal.ts'
import { openLmdbJournal } from '../../store/journal/lmdb/lmdb-journal.ts'
import { hotBatteryRule, parseRule, shippedReferences } from '../testing/rules.ts'
import { readTelemetry } from '../testing/run-consumer.ts'
import { openRuleRollout, type RuleRollout } from './rule-rollout.ts'

const name = 'phone.battery_hot'
const hot = hotBatteryRule()
const hotAbove = (limit: number) => hot.replace('above: 45', `above: ${limit}`)
const versionOf = (text: string) => parseRule(text).version

describe('rule rollout', () => {
  let dir: string
  let folder: string
  let journal: Journal
  let rollout: RuleRollout
  let archived: RuleVersion[]

  /** Open the rollout and reload, as a start of the program does. */
  async function start(): Promise<void> {
    journal = await openLmdbJournal({ dir: join(dir, 'journal'), maxBytes: 10_000_000, keepEntries: 1_000 })
    rollout = await openRuleRollout({
      journal,
      references: shippedReferences,
      catalogFolder: folder,
      now: () => 1_000,
      archive: {
        find: async (_name, version) => archived.find((rule) => rule.version === version),
        findPreviousLive: async (_name, version) => archived.find((rule) => rule.version !== version),
      },
    })
    expect(await rollout.reload('start', 'start')).toMatchObject({ is: 'done' })
  }
  async function restart(): Promise<void> {
    await journal.close()
    await start()
  }
  const inFolder = (text: string, file = 'hot.yaml') => writeFile(join(folder, file), text)
  const live = () => rollout.current.live.map(({ version }) => version)
  const startTrial = (text: string) => rollout.startTrial('ada', [{ file: 'trial.yaml', text }])
  const entries = async () => (await readTelemetry(journal)) as RuleSetEntry[]

  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'forewarn-rule-rollout-'))
    folder = join(dir, 'catalog')
    archived = []
    await mkdir(folder)
    await inFolder(hot)
    await start()
  })
  afterEach(async () => {
    await journal.close()
    await rm(dir, { recursive: true })
  })

  it('starts with the rules of the folder, and writes no entry when nothing changed', async () => {
    await restart()
    await inFolder(hot.replace('name: cool', 'name: stays cool'))
    await restart()
    expect(await entries()).toMatchObject([
      {
        why: 'start',
        changes: [{ name, version: versionOf(hot), to: 'live' }],
        live: [{ text: hot }],
        shadow: [],
      },
    ])
  })

  it('keeps a promoted version over a restart while its file does not change', async () => {
    await startTrial(hotAbove(50))
    await restart()
    expect(rollout.current.shadow).toMatchObject([{ version: versionOf(hotAbove(50)) }])
    await rollout.promote({ by: 'ada', name })
    await restart()
    expect(live()).toEqual([versionOf(hotAbove(50))])
    await inFolder(hotAbove(60))
    await restart()
    expect(live()).toEqual([versionOf(hotAbove(60))])
  })

  it('promotes a version on trial that appears in the folder, and retires the rule of a removed file', async () => {
    await startTrial(hotAbove(50))
    await inFolder(hotAbove(50))
    await rollout.reload('ada')
    expect(live()).toEqual([versionOf(hotAbove(50))])
    expect(rollout.current.shadow).toEqual([])
    await rm(join(folder, 'hot.yaml'))
    expect(await rollout.reload('ada')).toMatchObject({ changes: [{ name, to: 'retired' }] })
    expect(live()).toEqual([])
  })

  it('has one trial of a rule at a time, each with its own start', async () => {
    await startTrial(hotAbove(50))
    const [first] = rollout.current.shadow
    await startTrial(hotAbove(50))
    expect(rollout.current.shadow).toEqual([first])
    await startTrial(hotAbove(55))
    await startTrial(hotAbove(50))
    expect(rollout.current.shadow).toHaveLength(1)
    expect(rollout.current.shadow[0]?.trialStartedAt).toBeGreaterThan(first?.trialStartedAt ?? 0)
    const times = (await entries()).map(({ at }) => at)
    expect(times).toEqual([...new Set(times)].sort((a, b) => a - b))
  })

  it('rolls back to the previous live version, and rejects a rollback without one', async () => {
    expect(await rollout.rollback({ by: 'ada', name })).toMatchObject({
      is: 'rejected',
      reason: 'no_earlier_version',
    })
    await startTrial(hotAbove(50))
    await rollout.promote({ by: 'ada', name })
    archived = [{ file: 'hot.yaml', text: hot, name, version: versionOf(hot) }]
    expect(await rollout.rollback({ by: 'ada', name })).toMatchObject({ is: 'done' })
    await restart()
    expect(live()).toEqual([versionOf(hot)])
    expect((await entries()).at(-1)).toMatchObject({ why: 'rollback', by: 'ada' })
  })

  it('rejects a rollback to a text that no longer fits the kinds', async () => {
    const text = hot.replace('battery_temp_c, above', 'battery_smell, above')
    archived = [{ file: 'old.yaml', text, name, version: 'old' }]
    expect(await rollout.rollback({ by: 'ada', name }, 'old')).toMatchObject({
      is: 'invalid',
      problems: [{ line: 4 }],
    })
    expect(live()).toEqual([versionOf(hot)])
  })

  it('applies one change after the other', async () => {
    const texts = [50, 51, 52, 53].map(hotAbove)
    await Promise.all(texts.map(startTrial))
    expect(rollout.current.shadow).toMatchObject([{ version: versionOf(hotAbove(53)) }])
    expect((await entries()).slice(1).map(({ shadow }) => shadow[0]?.version)).toEqual(texts.map(versionOf))
  })

  it('changes nothing if the write failed', async () => {
    const append = vi.spyOn(journal, 'append').mockRejectedValueOnce(new JournalWriteError('disk is full'))
    await expect(startTrial(hotAbove(50))).rejects.toThrow('disk is full')
    expect(rollout.current.shadow).toEqual([])
    append.mockRestore()
    expect(await startTrial(hotAbove(50))).toMatchObject({ is: 'done', changes: [{ to: 'shadow' }] })
  })
})
