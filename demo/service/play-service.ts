import type { Finding } from '../../contract/finding.ts'
import { hourMs, minuteMs } from '../../lib/time.ts'
import type { Agenda } from './actors/agenda.ts'
import type { Desk } from './actors/desk.ts'

/** Those who see what the desk does, and make up their minds. */
interface Cast {
  look(now: number): Promise<void>
}

export interface Play {
  desk: Pick<Desk, 'take' | 'sweep' | 'nextDue'>
  agenda: Agenda
  cast: Cast
  /** In any order. */
  findings: readonly Finding[]
  /** What the desk is not told any more, asked when its time has come. */
  isMoot(finding: Finding): boolean
  from: number
  until: number
  onTime(now: number): void
}

/**
 * The sweep comes at least this often. The real one comes each half a minute; what waits for a moment (an answer, a clock, a
 * notice that is due) is swept at that moment here too, and the rest is in no hurry.
 */
const sweepEveryMs = 6 * hourMs
/** No moment is played twice: what is still due after its sweep is looked at again then. */
const leastStepMs = minuteMs

/** Plays the days: from one moment at which something happens to the next. */
export async function playDays(play: Play): Promise<void> {
  const { desk, agenda, cast, from, until, onTime } = play
  const coming = play.findings.toSorted((a, b) => a.at - b.at || (a.id < b.id ? -1 : 1))
  for (let now = from; now <= until; now = await nextMoment(play, now, coming[0]?.at)) {
    onTime(now)
    for (let finding = due(coming, now); finding; finding = due(coming, now)) {
      if (!play.isMoot(finding)) await desk.take(finding, now)
    }
    for (let intention = agenda.take(now); intention; intention = agenda.take(now)) await intention.act(now)
    await desk.sweep(now)
    await cast.look(now)
  }
}

function due(coming: Finding[], now: number): Finding | undefined {
  const [first] = coming
  return first !== undefined && first.at <= now ? coming.shift() : undefined
}

async function nextMoment({ desk, agenda }: Play, now: number, finding?: number): Promise<number> {
  const soonest = Math.min(
    finding ?? Number.POSITIVE_INFINITY,
    agenda.next ?? Number.POSITIVE_INFINITY,
    (await desk.nextDue(now)) ?? Number.POSITIVE_INFINITY,
    now + sweepEveryMs,
  )
  return Math.max(soonest, agenda.next === soonest ? now : now + leastStepMs)
}
