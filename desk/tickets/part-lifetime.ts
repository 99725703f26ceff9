import { sql, type Transaction } from 'kysely'
import type { Finding } from '../../contract/finding.ts'
import type { Records } from '../../store/records/schema.ts'

/** Lifetime of one part of one device. */
export type PartLifetimeRef = Pick<Finding, 'device' | 'component' | 'epoch'>

/** Return a unique key of a part lifetime. */
export function partLifetimeKey({ device, component, epoch }: PartLifetimeRef): string {
  return JSON.stringify([device, component, epoch])
}

/**
 * Serialize the handling of findings of the same parts, across all processes, until the transaction ends. Locked in one
 * order, so that two transactions with the same parts cannot wait for each other.
 */
export async function lockPartLifetimes(
  trx: Transaction<Records>,
  parts: readonly PartLifetimeRef[],
): Promise<void> {
  await lockInOrder(trx, parts.map(partLifetimeKey))
}

/** Take advisory locks until the transaction ends, in the order of their numbers. */
export async function lockInOrder(trx: Transaction<Records>, names: readonly string[]): Promise<void> {
  if (names.length === 0) return
  await sql`
    select pg_advisory_xact_lock(number) from (
      select distinct hashtextextended(name, 0) as number from unnest(${[...names]}::text[]) as given (name)
      order by 1 offset 0
    ) as numbers`.execute(trx)
}
