import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { RuleSetEntry } from '../../contract/entry.ts'
import type { RuleVersion } from '../../contract/rule-version.ts'
import { type Journal, JournalWriteError } from '../../store/journal/journal.ts'
import { openLmdbJournal } from '../../store/journal/lmdb/lmdb-journal.ts'
import { hotBatteryRule, kindsFolder, parseRule, shippedReferences } from '../testing/rules.ts'
import { readTelemetry } from '../testing/run-consumer.ts'
import { openRuleRollout, type RuleRollout } from './rule-rollout.ts'
import { saveRuleSetVersion } from './rule-set-store.ts'

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
  let ownKinds: string
  let disabled: string[]
  let kindNames: string[]

  /** Open the rollout and reload, as a start of the program does. */
  async function start(): Promise<void> {
    journal = await openLmdbJournal({ dir: join(dir, 'journal'), maxBytes: 10_000_000, keepEntries: 1_000 })
    rollout = await openRuleRollout({
      journal,
      references: shippedReferences,
      catalog: { folders: [folder], disabled },
      kindFolders: [kindsFolder, ownKinds],
      onKinds: (kinds) => {
        kindNames = [...kinds.keys()]
      },
      now: () => 1_000,
      archive: {
        find: async (_name, version) => archived.find((rule) => rule.version === version),
        findPreviousLive: async (_name, version) => archived.find((rule) => rule.version !== version),
      },
    })
    expect(await rollout.reload('start', { why: 'start' })).toMatchObject({ is: 'done' })
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
    disabled = []
    ownKinds = join(dir, 'kinds')
    await mkdir(folder)
    await mkdir(ownKinds)
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

  it('rolls back to a version of an earlier release, and tries rules beside it', async () => {
    const text = hotBatteryRule({ flap: '{ raises: 2, hold: 7d }' })
    archived = [{ file: 'old.yaml', text, name, version: 'old' }]
    expect(await rollout.rollback({ by: 'ada', name }, 'old')).toMatchObject({ is: 'done' })
    const { current } = rollout
    const stored = { ...current, live: current.live.map((rule) => ({ ...rule, text })) }
    await saveRuleSetVersion(journal, stored, undefined)
    await restart()
    expect(live()).toEqual(['old'])
    const beside = hotBatteryRule({ rule: 'phone.battery_warm', unless: `[${name}]` })
    expect(await startTrial(beside)).toMatchObject({ is: 'done' })
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

  describe('a reload that would remove live rules', () => {
    const others = ['phone.a', 'phone.b']
    beforeEach(async () => {
      for (const other of others) await inFolder(hotBatteryRule({ rule: other }), `${other}.yaml`)
      await rollout.reload('ada')
    })
    const removeOthers = async () => {
      for (const other of others) await rm(join(folder, `${other}.yaml`))
    }

    it('is rejected with their names, until it is accepted', async () => {
      await removeOthers()
      expect(await rollout.reload('ada')).toMatchObject({
        is: 'rejected',
        reason: 'rules_removed',
        why: expect.stringMatching(/would remove 2 live rules .*phone\.a, phone\.b.*--accept-removals/),
      })
      expect(rollout.current.live).toHaveLength(3)
      expect(await rollout.reload('ada', { acceptRemovals: true })).toMatchObject({
        is: 'done',
        changes: [
          { name: 'phone.a', to: 'retired' },
          { name: 'phone.b', to: 'retired' },
        ],
      })
    })

    it('is done for a single one', async () => {
      await rm(join(folder, 'phone.a.yaml'))
      expect(await rollout.reload('ada')).toMatchObject({ is: 'done', changes: [{ name: 'phone.a' }] })
    })

    it('is done for rules that are disabled by name', async () => {
      disabled.push('phone.?', 'phone.a', 'phone.b')
      expect(await rollout.reload('ada')).toMatchObject({
        is: 'invalid',
        problems: [{ file: 'rules.disabled', message: 'unknown rule "phone.?"' }],
      })
      disabled.shift()
      expect(await rollout.reload('ada')).toMatchObject({ is: 'done', changes: [{}, {}] })
      expect(live()).toEqual([versionOf(hot)])
    })

    it('is previewed with what it would remove and change', async () => {
      await removeOthers()
      await inFolder(hotAbove(50))
      expect(await rollout.preview()).toMatchObject({
        is: 'done',
        needsAcceptance: true,
        changes: [
          { name: 'phone.a', to: 'retired' },
          { name: 'phone.b', to: 'retired' },
          { name, to: 'retired' },
          { name, to: 'live', version: versionOf(hotAbove(50)) },
        ],
      })
      expect(rollout.current.live).toHaveLength(3)
    })
  })

  describe('device kinds', () => {
    const gadget = (metrics: string) =>
      `kind: gadget\nexpected_interval: 1h\ncomponents: [fan]\nmetrics:\n  speed_rpm: { unit: r/min, range: [0, ${metrics}] }\n`
    const rule = hotBatteryRule({
      rule: 'gadget.fan_fast',
      kind: 'gadget',
      component: 'fan',
      detect: '{ threshold: { metric: speed_rpm, above: 45 } }',
      tests: '[{ name: slow, series: { speed_rpm: "25x4 every 6h" }, expect: [] }]',
    })

    it('are read with the rules, and recorded in the journal', async () => {
      await writeFile(join(ownKinds, 'gadget.yaml'), gadget('100'))
      await inFolder(rule, 'fan.yaml')
      expect(await rollout.reload('ada')).toMatchObject({
        is: 'done',
        changes: [{ name: 'gadget.fan_fast', to: 'live' }],
        kindFiles: [join(ownKinds, 'gadget.yaml')],
      })
      expect(kindNames).toContain('gadget')
      const last = (await entries()).at(-1)
      expect(last?.kinds?.map(({ file }) => file)).toContain(join(ownKinds, 'gadget.yaml'))

      await writeFile(join(ownKinds, 'gadget.yaml'), gadget('200'))
      expect(await rollout.reload('ada')).toMatchObject({
        is: 'done',
        changes: [],
        kindFiles: [expect.any(String)],
      })
      expect((await entries()).at(-1)?.kinds?.at(-1)?.text).toContain('[0, 200]')
    })

    it('that live rules need stay when their file is gone', async () => {
      await writeFile(join(ownKinds, 'gadget.yaml'), gadget('100'))
      await inFolder(rule, 'fan.yaml')
      await rollout.reload('ada')
      await rm(join(ownKinds, 'gadget.yaml'))
      expect(await rollout.reload('ada')).toMatchObject({
        is: 'invalid',
        problems: [{ file: join(folder, 'fan.yaml'), message: 'unknown kind "gadget"' }],
      })
      expect(kindNames).toContain('gadget')
    })

    it('replace a shipped kind of the same name', async () => {
      const shipped = await readFile(join(kindsFolder, 'phone.yaml'), 'utf8')
      await writeFile(join(ownKinds, 'phone.yaml'), shipped.replaceAll('battery_temp_c', 'cell_temp_c'))
      expect(await rollout.reload('ada')).toMatchObject({
        is: 'invalid',
        problems: [{ file: join(folder, 'hot.yaml'), hint: expect.stringContaining('cell_temp_c') }, {}],
      })
    })
  })
})
