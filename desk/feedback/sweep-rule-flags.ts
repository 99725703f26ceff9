import type { Kysely } from 'kysely'
import { type RuleVersionStatus, readRuleVersionStatuses } from '../../store/records/rule-history.ts'
import type { Records } from '../../store/records/schema.ts'
import { recordDeskEvent } from '../desk-events.ts'
import { computeRulePrecisions, type RulePrecision } from './rule-precision.ts'
import type { RuleVersionRef, SuggestTuning } from './suggestion.ts'

/** A rule is to be right in so many of its alarms. */
const targetPrecision = 0.8
/** Fewer verdicts say nothing. */
const minVerdicts = 8

export interface SweepRuleFlagsOptions {
  now: Date
  suggestTuning: SuggestTuning
}

/**
 * Flags the live rules whose precision has fallen, takes the flags off versions that are not live any more, and looks
 * for a better setting for one rule. That may take minutes, and holds no transaction: let it run by itself, never
 * before what has a clock.
 * @throws what `suggest` throws; flags are set by then, and the next sweep asks again
 */
export async function sweepRuleFlags(
  db: Kysely<Records>,
  { now, suggestTuning: suggest }: SweepRuleFlagsOptions,
): Promise<void> {
  await updateRuleFlags(db, now)
  await suggestForOldestFlag(db, suggest)
}

/**
 * Flags each version that is live and has fallen: even the upper end of its precision's interval is below 0.8, by at
 * least 8 verdicts. So a rule is not flagged for bad luck; as it is looked at again and again, chance flags more than
 * the one in forty that the interval promises, and all that follows is a look at it. One that recovers stays flagged
 * until somebody changes it, or takes the flag off.
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

const isBelowTarget = ({ judged, precision }: RulePrecision): boolean =>
  judged >= minVerdicts && precision.high !== null && precision.high < targetPrecision

/** By rule, the version that is live, and since when. */
async function liveVersions(db: Kysely<Records>): Promise<Map<string, RuleVersionStatus>> {
  const statuses = await readRuleVersionStatuses(db)
  return new Map(statuses.flatMap((one) => (one.became === 'live' ? [[one.name, one]] : [])))
}

/** Once for each time that the version is live: a flag that somebody has taken off stays off until it goes live anew. */
async function openRuleFlag(
  db: Kysely<Records>,
  { rule, version, judged, right }: RulePrecision,
  { since, now }: { since: Date; now: Date },
) {
  const precision = right / judged
  const state = { judged, precision, suggestion: null, state: 'open', flagged_at: now } as const
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

/** For the rule that waits longest. */
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
