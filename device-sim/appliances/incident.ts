import { dayMs } from '../../lib/time.ts'
import { isInStratum } from '../conditions/strata.ts'
import { Random } from '../random.ts'

/** A stretch of time in which something befalls a device that no wear announces; ms since 1970 UTC. */
export interface Incident {
  start: number
  end: number
}

/** One of so many devices has the incident, on a day of its first year. */
const period = 5
const firstDays = [40, 320] as const

/**
 * Plan an incident; undefined for devices that are spared. It is not part of the ground truth: it cannot be seen coming.
 * @param stream name of the device's random stream
 * @param days least and most duration
 */
export function planIncident(
  stream: string,
  { purpose, from, days }: { purpose: string; from: number; days: readonly [number, number] },
): Incident | undefined {
  if (!isInStratum(stream, purpose, period)) return undefined
  const random = new Random(stream, 'incident', purpose)
  const start = from + random.between(...firstDays) * dayMs
  return { start, end: start + random.between(...days) * dayMs }
}

/** Tell whether it is going on. */
export function isDuring(incident: Incident | undefined, at: number): boolean {
  return incident !== undefined && at >= incident.start && at < incident.end
}
