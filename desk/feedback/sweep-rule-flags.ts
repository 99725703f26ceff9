import type { Kysely } from 'kysely'
import { type RuleVersionStatus, readRuleVersionStatuses } from '../../store/records/rule-history.ts'
import type { Records } from '../../store/records/schema.ts'
import { recordDeskEvent } from '../desk-events.ts'
import { computeRulePrecisions, type RulePrecision } from './rule-precision.ts'
import type { RuleVersionRef, SuggestTuning } from './suggestion.ts'

/** Target precision of a rule. */
const targetPrecision = 0.8
/** Minimum number of verdicts. */
const minVerdicts = 8

export interface SweepRuleFlagsOptions {
  now: Date
  suggestTuning: SuggestTuning
}

/**
 * Flag live rules with a low precision, close flags of versions that are no longer live, and search for a better setting
 * for one rule. The search may take minutes and holds no transaction: run this apart from time-critical work.
 * @throws the error of `suggest`; flags are stored by then, and the next sweep calls it again
 */
export async function sweepRuleFlags(
  db: Kysely<Records>,
  { now, suggestTuning }: SweepRuleFlagsOptions,
): Promise<void> {
  await updateRuleFlags(db, now)
  await suggestForOldestFlag(db, suggestTuning)
}

/**
 * Flag each live version with at least 8 verdicts and an upper bound of its precision's interval below 0.8, so that a rule
 * is not flagged for bad luck. Because of repeated checks, chance flags more than the one in forty of the interval; the
 * only consequence is a review. A rule that recovers stays flagged until a person changes it or closes the flag.
 */
async function updateRuleFlags(db: Kysely<Records>, now: Date): Promise<void> {
  const live = await liveVersions(db)
  const isLive = ({ rule, version }: RuleVersionRef) => live.get(rule)?.version === version
  const open = await db
    .selectFrom('rule_flags')
    .select(['rule', 'version'])
    .where('state', '=', 'open')
    .execute()
  for (const { rule, version } of open.filter((flag) => !isLive(flag))) {
    await db
      .updateTable('rule_flags')
      .set({ state: 'done' })
      .where('rule', '=', rule)
      .where('version', '=', version)
      .execute()
  }
  for (const one of await computeRulePrecisions(db)) {
    const { version, since } = live.get(one.rule) ?? {}
    if (version === one.version && since !== undefined && isBelowTarget(one))
      await openRuleFlag(db, one, { since, now })
  }
}

const isBelowTarget = ({ verdicts, precision }: RulePrecision): boolean =>
  verdicts >= minVerdicts && precision.high !== null && precision.high < targetPrecision

/** Return the live version of each rule, and the time since when it is live. */
async function liveVersions(db: Kysely<Records>): Promise<Map<string, RuleVersionStatus>> {
  const statuses = await readRuleVersionStatuses(db)
  return new Map(statuses.flatMap((one) => (one.became === 'live' ? [[one.name, one]] : [])))
}

/** Flag a version once for each time that it goes live: a closed flag stays closed until it goes live again. */
async function openRuleFlag(
  db: Kysely<Records>,
  { rule, version, verdicts, confirmed }: RulePrecision,
  { since, now }: { since: Date; now: Date },
) {
  const precision = confirmed / verdicts
  const state = { verdicts, precision, suggestion: null, state: 'open', flagged_at: now } as const
  await db.transaction().execute(async (trx) => {
    const flagged = await trx
      .insertInto('rule_flags')
      .values({ rule, version, ...state })
      .onConflict((conflict) =>
        conflict
          .columns(['rule', 'version'])
          .doUpdateSet(state)
          .where('rule_flags.state', '=', 'done')
          .where('rule_flags.flagged_at', '<', since),
      )
      .returning('rule')
      .executeTakeFirst()
    if (flagged === undefined) return
    const data = { rule, version, precision }
    await recordDeskEvent(trx, { type: 'rule_flagged', ticket: null, at: now.getTime(), data })
  })
}

/** Search for a suggestion for the flag that has waited longest. */
async function suggestForOldestFlag(db: Kysely<Records>, suggest: SuggestTuning): Promise<void> {
  const waiting = await db
    .selectFrom('rule_flags')
    .select(['rule', 'version'])
    .where('state', '=', 'open')
    .where('suggestion', 'is', null)
    .orderBy('flagged_at')
    .orderBy('rule')
    .limit(1)
    .executeTakeFirst()
  if (waiting === undefined) return
  const suggestion = await suggest(waiting)
  await db
    .updateTable('rule_flags')
    .set({ suggestion: JSON.stringify(suggestion) })
    .where('rule', '=', waiting.rule)
    .where('version', '=', waiting.version)
    .where('state', '=', 'open')
    .where('suggestion', 'is', null)
    .execute()
}
