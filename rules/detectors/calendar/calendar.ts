import type { Circumstances, Detector, Judged, Verdict, Watch } from '../detector.ts'
import { type CalendarConfig, check, config } from './config.ts'
import { type InUse, newestDate, nextDue } from './due.ts'
import { addMonths } from './months.ts'

interface Memory {
  /** When the device was first heard, or waited for. */
  first?: number
  /** The newest date that was due so far. */
  date?: number
  /** The month after it has passed. */
  isOver?: true
}

/** A date that comes with time alone: months in use, or a season. */
export const calendar: Detector<CalendarConfig> = {
  name: 'calendar',
  config,
  check,
  watch(config, { kind }): Watch<Memory> {
    return {
      metrics: [...kind.metrics.keys()],
      remembers: `calendar ${JSON.stringify(config)}`,
      start: () => ({}),
      read: (memory, { ts }, circumstances) => passTo(ts, memory, circumstances),
      tick: (memory, { at }, circumstances) => passTo(at, memory, circumstances),
      wakesAt: ({ first, date }, circumstances) =>
        first === undefined
          ? Number.NEGATIVE_INFINITY
          : nextDue(config, date, inUseFrom(first, circumstances)),
      evidence: ({ date }) => ({
        detector: 'calendar',
        ...(date === undefined ? {} : { crossing: { p10: date, p50: date, p90: date } }),
        points: [],
      }),
    }

    /** Time does not go back: a moment before those that were seen changes nothing but the first. */
    function passTo(now: number, before: Memory, circumstances: Circumstances): Judged<Memory> {
      const first = Math.min(now, before.first ?? now)
      const date = newestDate(config, now, inUseFrom(first, circumstances))
      const memory = withDate(first === before.first ? before : { ...before, first }, date, now)
      return { memory, verdict: verdictOf(memory) }
    }
  },
}

function inUseFrom(first: number, { device, since }: Omit<Circumstances, 'lessons'>): InUse {
  return { since: since ?? device.inUseSince ?? first, region: device.region }
}

/** @returns the same memory when nothing is new */
function withDate(memory: Memory, date: number | undefined, now: number): Memory {
  if (date === undefined || date < (memory.date ?? date)) return memory
  const isOver = now >= addMonths(date, 1)
  if (date === memory.date && (memory.isOver === true || !isOver)) return memory
  const { isOver: _, ...kept } = memory
  return { ...kept, date, ...(isOver ? { isOver } : {}) }
}

function verdictOf({ date, isOver }: Memory): Verdict {
  return date === undefined || isOver ? { is: 'good' } : { is: 'bad', crossesAt: date }
}
