import type { Finding } from '../../contract/finding.ts'
import { hourMs, minuteMs } from '../../lib/time.ts'
import type { EventQueue } from './actors/event-queue.ts'
import type { SimulatedDesk } from './actors/simulated-desk.ts'

/** Observers of the desk who schedule their reactions. */
interface DeskEventPoller {
  pollDeskEvents(now: number): Promise<void>
}

export interface EventLoopOptions {
  desk: Pick<SimulatedDesk, 'receiveFinding' | 'sweep' | 'nextDueAt'>
  queue: EventQueue
  actors: DeskEventPoller
  /** In any order. */
  findings: readonly Finding[]
  /** Is a finding obsolete when its time has come? Obsolete ones are not passed to the desk. */
  isObsolete(finding: Finding): boolean
  from: number
  until: number
  onTimeAdvance(now: number): void
}

/**
 * Maximum time between two sweeps. The real one runs every half minute; timed work (an answer, an SLA timer, a
 * due notice) is swept at its time here too, and the rest can wait.
 */
const maxSweepIntervalMs = 6 * hourMs
/** Minimum step: what is still due after its sweep is looked at again then. */
const minStepMs = minuteMs

/** Run the simulation from one event to the next. */
export async function runEventLoop(play: EventLoopOptions): Promise<void> {
  const { desk, queue, actors, from, until, onTimeAdvance } = play
  const coming = play.findings.toSorted((a, b) => a.at - b.at || (a.id < b.id ? -1 : 1))
  for (let now = from; now <= until; now = await nextEventTime(play, now, coming[0]?.at)) {
    onTimeAdvance(now)
    for (let finding = takeDueFinding(coming, now); finding; finding = takeDueFinding(coming, now)) {
      if (!play.isObsolete(finding)) await desk.receiveFinding(finding, now)
    }
    for (let intention = queue.takeDue(now); intention; intention = queue.takeDue(now))
      await intention.run(now)
    await desk.sweep(now)
    await actors.pollDeskEvents(now)
  }
}

function takeDueFinding(coming: Finding[], now: number): Finding | undefined {
  const [first] = coming
  return first !== undefined && first.at <= now ? coming.shift() : undefined
}

async function nextEventTime(
  { desk, queue }: EventLoopOptions,
  now: number,
  finding?: number,
): Promise<number> {
  const soonest = Math.min(
    finding ?? Number.POSITIVE_INFINITY,
    queue.nextAt ?? Number.POSITIVE_INFINITY,
    (await desk.nextDueAt(now)) ?? Number.POSITIVE_INFINITY,
    now + maxSweepIntervalMs,
  )
  return Math.max(soonest, queue.nextAt === soonest ? now : now + minStepMs)
}
