import type { Selectable, Transaction } from 'kysely'
import type { Records } from '../../store/records/schema.ts'
import { recordDeskEvent } from '../desk-events.ts'
import type { RuleVersionRef } from './suggestion.ts'

interface RuleFlagClosing extends RuleVersionRef {
  by: string
  /** ms since 1970 UTC. */
  at: number
}

/**
 * Close the flag of a rule version that a person has reviewed; records `rule_flag_closed` once.
 * @returns the flag; undefined when there never was one
 */
export async function closeRuleFlag(
  trx: Transaction<Records>,
  { rule, version, by, at }: RuleFlagClosing,
): Promise<Selectable<Records['rule_flags']> | undefined> {
  const ofVersion = trx.selectFrom('rule_flags').selectAll().where('rule', '=', rule)
  const flag = await ofVersion.where('version', '=', version).forUpdate().executeTakeFirst()
  if (flag?.state !== 'open') return flag
  await recordDeskEvent(trx, { type: 'rule_flag_closed', ticket: null, at, data: { rule, version, by } })
  return trx
    .updateTable('rule_flags')
    .set({ state: 'done' })
    .where('rule', '=', rule)
    .where('version', '=', version)
    .returningAll()
    .executeTakeFirst()
}
