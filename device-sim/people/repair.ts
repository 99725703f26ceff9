import { minuteMs } from '../../lib/time.ts'
import { Random } from '../random.ts'
import type { PartCondition } from './part-condition.ts'
import type { SimulatedTechnician } from './technician.ts'

/** The job in front of a technician. */
export interface RepairJob {
  ticket: string
  attempt: number
  condition: PartCondition
  /** The part that the rule asks for, which the technician has; undefined where none is needed. */
  part?: string | undefined
}

type RepairVerdict = 'worn' | 'not_worn' | 'sensor_fault' | 'other'

export type RepairOutcome =
  /** Completed, in the view of the technician; `holds` is the ground truth. */
  | { ended: 'done'; minutes: number; verdict: RepairVerdict; usesPart: boolean; holds: boolean }
  /** Needs a return visit. */
  | { ended: 'again'; minutes: number; reason: string }

/** Share of wrong verdicts: a sound part is replaced, or a worn one left. Our choice. */
const wrongVerdictShare = 0.04
/**
 * Shares of repairs with the right part at hand that need a return visit, or do not last. The trade reports first-time
 * fixes of three quarters to nine tenths, and failures mostly for lack of the part; here it is always at hand. Our choice.
 */
const returnVisitShare = 0.03
const failedRepairShare = 0.025
/** Probability that a finding is right where the simulator does not know the condition. Our choice. */
const priorWornProbability = 0.8

/** Simulate the outcome of a visit. */
export function performRepair(technician: SimulatedTechnician, job: RepairJob): RepairOutcome {
  const random = new Random(technician.name, 'repair', job.ticket, job.attempt)
  const worn = isWorn(job.condition, random)
  const seesWorn = random.chance(wrongVerdictShare) ? !worn : worn
  const minutes = Math.round(25 + 25 * random.gamma(2))
  if (!seesWorn) {
    return {
      ended: 'done',
      minutes,
      verdict: verdictForSoundPart(job, random),
      usesPart: false,
      holds: !worn,
    }
  }
  if (random.chance(returnVisitShare * technician.errorFactor)) {
    return { ended: 'again', minutes, reason: 'it took longer than there was time' }
  }
  const holds = !random.chance(failedRepairShare * technician.errorFactor)
  return { ended: 'done', minutes, verdict: 'worn', usesPart: job.part !== undefined, holds }
}

function isWorn(condition: PartCondition, random: Random): boolean {
  if (condition === 'unknown') return random.chance(priorWornProbability)
  return condition === 'worn'
}

/** Return the verdict on a sound part. */
function verdictForSoundPart({ condition }: RepairJob, random: Random): RepairVerdict {
  if (condition === 'replaced') return 'other'
  return random.chance(0.25) ? 'sensor_fault' : 'not_worn'
}

/** Return the time from a repair that does not last to the complaint, ms. */
export function complaintDelayMs(technician: SimulatedTechnician, ticket: string): number {
  return new Random(technician.name, 'complaint', ticket).between(6 * 60, 60 * 60) * minuteMs
}
