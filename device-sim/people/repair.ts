import { minuteMs } from '../../lib/time.ts'
import { Random } from '../random.ts'
import type { PartCondition } from './part-condition.ts'
import type { SimulatedTechnician } from './technician.ts'

/** What a technician stands before. */
export interface RepairJob {
  ticket: string
  attempt: number
  condition: PartCondition
  /** The part that the rule asks for, which he has with him; undefined where none is needed. */
  part?: string | undefined
}

type RepairVerdict = 'worn' | 'not_worn' | 'sensor_fault' | 'other'

export type RepairOutcome =
  /** Done, as he believes; `holds` is the truth of it. */
  | { ended: 'done'; minutes: number; verdict: RepairVerdict; usesPart: boolean; holds: boolean }
  /** He has to come again. */
  | { ended: 'again'; minutes: number; reason: string }

/** Of verdicts so many are wrong: he changes what was sound, or leaves what was worn. Our choice. */
const wrongVerdictShare = 0.04
/**
 * Of repairs with the right part at hand so many take a second visit, or do not hold. The trade reports first-time fixes of
 * three quarters to nine tenths, and failures mostly for want of the part; here nobody rides without it. Our choice.
 */
const returnVisitShare = 0.03
const failedRepairShare = 0.025
/** Where the simulator does not know how the part is, a rule's finding is right so often. Our choice. */
const priorWornProbability = 0.8

/** What comes of a visit. */
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

/** What he says of a part that he finds sound. */
function verdictForSoundPart({ condition }: RepairJob, random: Random): RepairVerdict {
  if (condition === 'replaced') return 'other'
  return random.chance(0.25) ? 'sensor_fault' : 'not_worn'
}

/** How long after a repair that does not hold its owner says so, ms. */
export function complaintDelayMs(technician: SimulatedTechnician, ticket: string): number {
  return new Random(technician.name, 'complaint', ticket).between(6 * 60, 60 * 60) * minuteMs
}
