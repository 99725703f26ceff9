import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { RulesEntry } from '../../contract/entry.ts'
import type { RuleVersion } from '../../contract/rule-version.ts'
import { type Journal, JournalWriteError } from '../../store/journal/journal.ts'
import { openLmdbJournal } from '../../store/journal/lmdb/lmdb-journal.ts'
import { telemetryOf } from '../testing/consumed.ts'
import { hotBattery, ruleFrom, shippedKinds } from '../testing/rules.ts'
import { openRuleLife, type RuleLife } from './rule-life.ts'

const name = 'phone.battery_hot'
const hot = hotBattery()
const above = (limit: number) => hot.replace('above: 45', `above: ${limit}`)
const versionOf = (text: string) => ruleFrom(text).version

describe('the life of rules', () => {
  let dir: string
  let folder: string
  let journal: Journal
  let life: RuleLife
  let archived: RuleVersion[]

  /** As a start of the program does. */
  async function start(): Promise<void> {
    journal = await openLmdbJournal({ dir: join(dir, 'journal'), maxBytes: 10_000_000, keepEntries: 1_000 })
    life = await openRuleLife({
      journal,
      vocabulary: { kinds: shippedKinds },
      folder,
      now: () => 1_000,
      archive: {
        version: async (_name, version) => archived.find((rule) => rule.version === version),
        liveBefore: async (_name, version) => archived.find((rule) => rule.version !== version),
      },
    })
    expect(await life.reload('start', 'start')).toMatchObject({ is: 'done' })
  }
  async function restart(): Promise<void> {
    await journal.close()
    await start()
  }
  const inFolder = (text: string, file = 'hot.yaml') => writeFile(join(folder, file), text)
  const live = () => life.book.live.map(({ version }) => version)
  const tryOut = (text: string) => life.tryOut('ada', [{ file: 'trial.yaml', text }])
  const entries = async () => (await telemetryOf(journal)) as RulesEntry[]

  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'forewarn-rule-life-'))
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

  it('begins with what the folder holds, and goes on without a word where nothing changed', async () => {
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

  it('keeps a promoted version over a restart, as long as the folder stays as it is', async () => {
    await tryOut(above(50))
    await restart()
    expect(life.book.shadow).toMatchObject([{ version: versionOf(above(50)) }])
    await life.promote({ by: 'ada', name })
    await restart()
    expect(live()).toEqual([versionOf(above(50))])
    await inFolder(above(60))
    await restart()
    expect(live()).toEqual([versionOf(above(60))])
  })

  it('takes a file that says what is on trial as a promotion, and one that is gone as the end of its rule', async () => {
    await tryOut(above(50))
    await inFolder(above(50))
    await life.reload('ada')
    expect(live()).toEqual([versionOf(above(50))])
    expect(life.book.shadow).toEqual([])
    await rm(join(folder, 'hot.yaml'))
    expect(await life.reload('ada')).toMatchObject({ changes: [{ name, to: 'retired' }] })
    expect(live()).toEqual([])
  })

  it('has one trial of a rule at a time, each with a beginning of its own', async () => {
    await tryOut(above(50))
    const [first] = life.book.shadow
    await tryOut(above(50))
    expect(life.book.shadow).toEqual([first])
    await tryOut(above(55))
    await tryOut(above(50))
    expect(life.book.shadow).toHaveLength(1)
    expect(life.book.shadow[0]?.since).toBeGreaterThan(first?.since ?? 0)
    const times = (await entries()).map(({ at }) => at)
    expect(times).toEqual([...new Set(times)].sort((a, b) => a - b))
  })

  it('rolls back to what was live before, and refuses where there is nothing', async () => {
    expect(await life.rollback({ by: 'ada', name })).toMatchObject({
      is: 'refused',
      reason: 'no_earlier_version',
    })
    await tryOut(above(50))
    await life.promote({ by: 'ada', name })
    archived = [{ file: 'hot.yaml', text: hot, name, version: versionOf(hot) }]
    expect(await life.rollback({ by: 'ada', name })).toMatchObject({ is: 'done' })
    await restart()
    expect(live()).toEqual([versionOf(hot)])
    expect((await entries()).at(-1)).toMatchObject({ why: 'rollback', by: 'ada' })
  })

  it('does not go back to a text that the kinds do not fit any more', async () => {
    const text = hot.replace('battery_temp_c, above', 'battery_smell, above')
    archived = [{ file: 'old.yaml', text, name, version: 'old' }]
    expect(await life.rollback({ by: 'ada', name }, 'old')).toMatchObject({
      is: 'invalid',
      problems: [{ line: 4 }],
    })
    expect(live()).toEqual([versionOf(hot)])
  })

  it('carries out one wish after the other', async () => {
    const texts = [50, 51, 52, 53].map(above)
    await Promise.all(texts.map(tryOut))
    expect(life.book.shadow).toMatchObject([{ version: versionOf(above(53)) }])
    expect((await entries()).slice(1).map(({ shadow }) => shadow[0]?.version)).toEqual(texts.map(versionOf))
  })

  it('changes nothing that could not be written', async () => {
    const append = vi.spyOn(journal, 'append').mockRejectedValueOnce(new JournalWriteError('disk is full'))
    await expect(tryOut(above(50))).rejects.toThrow('disk is full')
    expect(life.book.shadow).toEqual([])
    append.mockRestore()
    expect(await tryOut(above(50))).toMatchObject({ is: 'done', changes: [{ to: 'shadow' }] })
  })
})
