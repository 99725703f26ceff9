import { sql } from 'kysely'
import type { RecordsStore } from '../../../store/records/records-store.ts'

/** Key of the advisory lock of changes of the rules; any number that nothing else uses. */
const ruleChangeLock = 7_120_418

/** Return a function that runs changes of the rules one at a time, over all processes. */
export function createRuleChangeLock(db: RecordsStore['db']): <T>(change: () => Promise<T>) => Promise<T> {
  return (change) =>
    db.transaction().execute(async (trx) => {
      await sql`select pg_advisory_xact_lock(${ruleChangeLock}::bigint)`.execute(trx)
      return change()
    })
}
