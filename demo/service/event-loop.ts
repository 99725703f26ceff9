import type { Finding } from '../../contract/finding.ts'
import { hourMs, minuteMs } from '../../lib/time.ts'
import type { EventQueue } from './actors/event-queue.ts'
import type { SimulatedDesk } from './actors/simulated-desk.ts'

/** Those who see what the desk does, and make up their minds. */
interface DeskEventPoller {
  pollDeskEvents(now: number): Promise<void>
}

export interface EventLoopOptions {
  desk: Pick<SimulatedDesk, 'receiveFinding' | 'sweep' | 'nextDueAt'>
  queue: EventQueue
  actors: DeskEventPoller
  /** In any order. */
  findings: readonly Finding[]
  /** What the desk is not told any more, asked when its time has come. */
  isObsolete(finding: Finding): boolean
  from: number
  until: number
  onTimeAdvance(now: number): void
}

/**
 * The sweep comes at least this often. The real one comes each half a minute; what waits for a moment (an answer, a clock, a
 * notice that is due) is swept at that moment here too, and the rest is in no hurry.
 */
const maxSweepIntervalMs = 6 * hourMs
/** No moment is played twice: what is still due after its sweep is looked at again then. */
const minStepMs = minuteMs

/** Plays the days: from one moment at which something happens to the next. */
export async function runEventLoop(play: EventLoopOptions): Promise<void> {
  const { desk, queue: agenda, actors: cast, from, until, onTimeAdvance: onTime } = play
  const coming = play.findings.toSorted((a, b) => a.at - b.at || (a.id < b.id ? -1 : 1))
  for (let now = from; now <= until; now = await nextEventTime(play, now, coming[0]?.at)) {
    onTime(now)
    for (let finding = takeDueFinding(coming, now); finding; finding = takeDueFinding(coming, now)) {
      if (!play.isObsolete(finding)) await desk.receiveFinding(finding, now)
    }
    for (let intention = agenda.takeDue(now); intention; intention = agenda.takeDue(now))
      await intention.run(now)
    await desk.sweep(now)
    await cast.pollDeskEvents(now)
  }
}

function takeDueFinding(coming: Finding[], now: number): Finding | undefined {
  const [first] = coming
  return first !== undefined && first.at <= now ? coming.shift() : undefined
}

async function nextEventTime(
  { desk, queue: agenda }: EventLoopOptions,
  now: number,
  finding?: number,
): Promise<number> {
  const soonest = Math.min(
    finding ?? Number.POSITIVE_INFINITY,
    agenda.nextAt ?? Number.POSITIVE_INFINITY,
    (await desk.nextDueAt(now)) ?? Number.POSITIVE_INFINITY,
    now + maxSweepIntervalMs,
  )
  return Math.max(soonest, agenda.nextAt === soonest ? now : now + minStepMs)
}
