import type { Insertable } from 'kysely'
import { beforeEach, describe, expect, it } from 'vitest'
import { dayMs } from '../../lib/time.ts'
import type { FindingsTable, TicketsTable } from '../../store/records/schema.ts'
import { deleteAllRecords } from '../../store/records/testing/delete-all-records.ts'
import { describeEachDatabase } from '../../store/records/testing/describe-each-database.ts'
import { readDeskEvents } from '../desk-events.ts'
import { closeRuleFlag } from './close-rule-flag.ts'
import { computeRulePrecisions } from './rule-precision.ts'
import type { SuggestTuning, TuningSuggestion } from './suggestion.ts'
import { sweepRuleFlags } from './sweep-rule-flags.ts'

const now = new Date('2026-06-01T12:00:00Z')
const rule = 'robot_vacuum.battery_worn'
const nothing: TuningSuggestion = { is: 'none', why: 'a test' }

type Verdict = TicketsTable['verdict']

describeEachDatabase('the flags of rules', (records) => {
  let tickets = 0
  beforeEach(async () => {
    tickets = 0
    await deleteAllRecords(records())
  })

  /** Tickets with these verdicts, one a day, each with a finding of the rule. */
  async function addVerdicts(verdicts: readonly Verdict[], finding: Partial<Insertable<FindingsTable>> = {}) {
    for (const verdict of verdicts) {
      const n = tickets++
      const at = new Date(now.getTime() + (n - 200) * dayMs)
      await records()
        .db.insertInto('tickets')
        .values({ ...ticket(`t-${n}`, at), verdict, resolved_at: verdict === null ? null : at })
        .execute()
      await found(`f-${n}`, `t-${n}`, { at, ...finding })
    }
  }

  async function found(id: string, ticket_id: string, change: Partial<Insertable<FindingsTable>> = {}) {
    const finding: Insertable<FindingsTable> = {
      id,
      device_id: 'd-1',
      component: 'battery',
      epoch: 0,
      rule,
      version: 'v1',
      state: 'raised',
      severity: 'minor',
      at: now,
      evidence: '{}',
      ticket_id,
      owed_notice: null,
      ...change,
    }
    await records().db.insertInto('findings').values(finding).execute()
  }

  async function became(version: string, became: 'live' | 'retired', at: string) {
    const known = { name: rule, version, file: 'a.yaml', text: '', first_seen: new Date(at), by: 'test' }
    await records()
      .db.insertInto('rule_versions')
      .values(known)
      .onConflict((conflict) => conflict.doNothing())
      .execute()
    const change = { name: rule, version, became, at: new Date(at), why: 'reload', by: 'test' } as const
    await records().db.insertInto('rule_changes').values(change).execute()
  }

  const flags = () =>
    records()
      .db.selectFrom('rule_flags')
      .select(['version', 'verdicts', 'precision', 'state', 'suggestion'])
      .execute()
  const events = async () =>
    (await readDeskEvents(records().db, { limit: 100 })).map(({ type, ticket, data }) => ({
      type,
      ticket,
      data,
    }))

  const poor: Verdict[] = [
    'worn',
    'worn',
    'not_worn',
    'not_worn',
    'sensor_fault',
    'not_worn',
    'not_worn',
    'not_worn',
  ]

  describe('precision', () => {
    it('counts relevant verdicts, for the version that raised the finding', async () => {
      await addVerdicts(['worn', 'worn', 'not_worn', 'sensor_fault', 'other', null])
      await addVerdicts(['worn'], { version: 'v2' })
      expect(await computeRulePrecisions(records().db)).toMatchObject([
        { rule, version: 'v1', verdicts: 4, confirmed: 2, precision: { value: 0.5, n: 4 } },
        { rule, version: 'v2', verdicts: 1, confirmed: 1 },
      ])
    })

    it('counts a verdict once for every rule that raised a finding on the ticket', async () => {
      await addVerdicts(['worn'])
      await found('again', 't-0')
      await found('cleared', 't-0', { state: 'cleared', version: 'v9' })
      await found('other', 't-0', { rule: 'robot_vacuum.silent' })
      await found('shadow', 't-0', { rule: 'robot_vacuum.new', shadow: true })
      expect(await computeRulePrecisions(records().db)).toMatchObject([
        { rule, version: 'v1', verdicts: 1 },
        { rule: 'robot_vacuum.silent', version: 'v1', verdicts: 1 },
      ])
    })

    it('counts only the latest verdicts', async () => {
      await addVerdicts(Array(20).fill('not_worn'))
      await addVerdicts(Array(50).fill('worn'))
      expect(await computeRulePrecisions(records().db)).toMatchObject([{ verdicts: 50, confirmed: 50 }])
    })
  })

  describe('a sweep', () => {
    const sweep = (suggest: SuggestTuning = async () => nothing) =>
      sweepRuleFlags(records().db, { now, suggestTuning: suggest })

    it('flags a live rule with low precision once, with a suggestion', async () => {
      await addVerdicts(poor)
      await became('v1', 'live', '2026-01-01')
      const asked: unknown[] = []
      const suggest = async (flagged: object) => {
        asked.push(flagged)
        return nothing
      }
      for (let n = 0; n < 3; n++) await sweep(suggest)
      expect(await flags()).toEqual([
        { version: 'v1', verdicts: 8, precision: 0.25, state: 'open', suggestion: nothing },
      ])
      expect(await events()).toEqual([
        { type: 'rule_flagged', ticket: null, data: { rule, version: 'v1', precision: 0.25 } },
      ])
      expect(asked).toEqual([{ rule, version: 'v1' }])
    })

    it.each<[string, Verdict[]]>([
      ['too few verdicts', poor.slice(1)],
      [
        'a precision that may be bad luck',
        ['worn', 'worn', 'worn', 'worn', 'worn', 'not_worn', 'not_worn', 'not_worn'],
      ],
      ['verdicts that say nothing', Array(20).fill('other')],
    ])('does not flag for %s', async (_what, verdicts) => {
      await addVerdicts(verdicts)
      await became('v1', 'live', '2026-01-01')
      await sweep()
      expect(await flags()).toEqual([])
    })

    it('does not flag versions that are not live', async () => {
      await addVerdicts(poor)
      await sweep()
      await became('v1', 'live', '2026-01-01')
      await became('v1', 'retired', '2026-02-01')
      await sweep()
      expect(await flags()).toEqual([])
    })

    it('closes the flag when another version goes live, and flags again when the version returns', async () => {
      await addVerdicts(poor)
      await became('v1', 'live', '2026-01-01')
      await sweep()
      await became('v1', 'retired', '2026-06-02')
      await became('v2', 'live', '2026-06-02')
      await sweep()
      expect(await flags()).toMatchObject([{ version: 'v1', state: 'done' }])
      await became('v2', 'retired', '2026-06-03')
      await became('v1', 'live', '2026-06-03')
      await sweep()
      expect(await flags()).toMatchObject([{ version: 'v1', state: 'open' }])
      expect(await events()).toHaveLength(2)
    })

    it('keeps a closed flag closed until the version goes live again', async () => {
      await addVerdicts(poor)
      await became('v1', 'live', '2026-01-01')
      await sweep()
      const end = (version: string) =>
        records()
          .db.transaction()
          .execute((trx) => closeRuleFlag(trx, { rule, version, by: 'ada', at: now.getTime() }))
      await Promise.all([end('v1'), end('v1')])
      await sweep()
      expect(await flags()).toMatchObject([{ version: 'v1', state: 'done', suggestion: nothing }])
      expect(await end('v9')).toBeUndefined()
      await became('v1', 'live', '2026-06-02')
      await sweep()
      expect(await flags()).toMatchObject([{ state: 'open' }])
      expect((await events()).map(({ type }) => type)).toEqual([
        'rule_flagged',
        'rule_flag_closed',
        'rule_flagged',
      ])
    })

    it('flags once in concurrent sweeps, and keeps the first suggestion', async () => {
      await addVerdicts(poor)
      await became('v1', 'live', '2026-01-01')
      await Promise.all(Array.from({ length: 5 }, (_, n) => sweep(async () => ({ is: 'none', why: `${n}` }))))
      expect(await flags()).toHaveLength(1)
      expect(await events()).toHaveLength(1)
    })

    it('keeps the flag when the search fails, and searches again', async () => {
      await addVerdicts(poor)
      await became('v1', 'live', '2026-01-01')
      await expect(
        sweep(async () => {
          throw new Error('the series are away')
        }),
      ).rejects.toThrow('the series are away')
      expect(await flags()).toMatchObject([{ state: 'open', suggestion: null }])
      await sweep()
      expect(await flags()).toMatchObject([{ suggestion: nothing }])
    })
  })
})

function ticket(id: string, at: Date): Insertable<TicketsTable> {
  return {
    id,
    number: id,
    device_id: id,
    component: 'battery',
    epoch: 0,
    rule,
    severity: 'minor',
    sla: 'level3',
    part: 'battery',
    skill: null,
    condition: 'active',
    operator_state: 'unacknowledged',
    work_state: 'resolved',
    opened_at: at,
    evidence: '{}',
    created_at: at,
    updated_at: at,
  }
}
