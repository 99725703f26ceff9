import { type RawBuilder, sql } from 'kysely'
import type { Finding } from '../../contract/finding.ts'
import { toRecordsetJson } from '../../store/records/pg-values.ts'

/** Return findings as the table `given` of a query, in one parameter for any number of them. */
export function givenFindings(findings: readonly Finding[]): RawBuilder<unknown> {
  const rows = findings.map(({ id, device, component, epoch, rule, at }) => ({
    id,
    device,
    component,
    epoch,
    rule,
    at: new Date(at),
  }))
  return sql`json_to_recordset(${toRecordsetJson(rows)}::json)
    as given (id text, device text, component text, epoch integer, rule text, at timestamptz)`
}

/** Condition for findings of a live rule for the part of a given one. */
export const isSameRuleAndPart = sql<boolean>`(
  findings.device_id = given.device and findings.component = given.component and findings.epoch = given.epoch
  and findings.rule = given.rule and not findings.shadow)`
