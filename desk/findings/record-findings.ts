import type { Transaction } from 'kysely'
import type { Finding } from '../../contract/finding.ts'
import type { Records } from '../../store/records/schema.ts'
import { isFleetFinding, recordFleetFinding } from '../incidents/fleet-finding.ts'
import { groupIntoIncidents } from '../incidents/group-into-incidents.ts'
import { attachToTickets } from '../tickets/attach-to-tickets.ts'
import { lockPartLifetimes, partLifetimeKey } from '../tickets/part-lifetime.ts'
import { dropPendingActions, findClearTimes, insertFindings } from './finding-rows.ts'

/**
 * Record findings and the tickets that they open or change with a step of their histories, or the incidents that they are
 * grouped into. Idempotent. The order of arrival has no effect on tickets and notices, because event times decide: a raised
 * finding owes its notice even when its end was recorded first, since the order of two jobs is chance. The rule limits
 * repeated notices (`repeat`, `hold`), in event time.
 */
export async function recordFindings(
  trx: Transaction<Records>,
  findings: readonly Finding[],
  now: Date,
): Promise<void> {
  await lockPartLifetimes(trx, findings)
  for (const wave of splitByPart(findings)) await recordWave(trx, wave, now)
}

/** Split findings so that each list has one of a part at most, in their order. */
function splitByPart(findings: readonly Finding[]): Finding[][] {
  const waves: Finding[][] = []
  const counts = new Map<string, number>()
  for (const finding of findings) {
    const key = partLifetimeKey(finding)
    const before = counts.get(key) ?? 0
    counts.set(key, before + 1)
    const wave = waves[before] ?? []
    wave.push(finding)
    waves[before] = wave
  }
  return waves
}

/** Record findings of different parts, so that none has an effect on the ticket of another. The caller holds their locks. */
async function recordWave(trx: Transaction<Records>, wave: readonly Finding[], now: Date): Promise<void> {
  const inserted = await insertFindings(trx, wave, now)
  const fresh = wave.filter(({ id, shadow }) => inserted.has(id) && !shadow)
  if (fresh.length === 0) return
  const ends = await findClearTimes(trx, fresh)
  for (const finding of fresh.filter(isFleetFinding)) {
    await recordFleetFinding(trx, finding, now)
    const end = ends.get(finding.id)
    if (end) await recordFleetFinding(trx, { ...finding, state: 'cleared', at: end.getTime() }, now)
  }
  const ofDevices = fresh.filter((finding) => !isFleetFinding(finding))
  const grouped = await groupIntoIncidents(trx, ofDevices, now)
  await dropPendingActions(
    trx,
    ofDevices.filter(({ id, state }) => state === 'cleared' || ends.has(id)),
  )
  await attachToTickets(
    trx,
    ofDevices.filter(({ id }) => !grouped.has(id)),
    now,
  )
}
