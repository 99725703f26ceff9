import type { Assessment, Detector, Evaluation, EvaluationContext, Evaluator } from '../detector.ts'
import { type CalendarConfig, config, validateConfig } from './config.ts'
import { type InService, latestDueDate, nextDueAt } from './due.ts'
import { addMonths } from './months.ts'

interface CalendarState {
  /** When the device was first heard or expected. */
  firstSeenAt?: number
  /** Newest date that was due so far. */
  dueDate?: number
  /** The month after the date has passed. */
  isOver?: true
  /** Settings for which `dueDate` holds; the start of service is the same for all. */
  settings?: string
}

/** Date that depends on time alone: months in use, or a season. */
export const calendar: Detector<CalendarConfig> = {
  name: 'calendar',
  config,
  validate: validateConfig,
  stricter: {},
  // A date has no limit that the part could be beyond.
  indicatesFailure: () => false,
  createEvaluator(config, { kind }): Evaluator<CalendarState> {
    const settings = JSON.stringify(config)
    return {
      metrics: [...kind.metrics.keys()],
      stateKey: 'calendar',
      initialState: () => ({}),
      onSample: (memory, { ts }, circumstances) => passTo(ts, memory, circumstances),
      onTick: (memory, { at }, circumstances) => passTo(at, memory, circumstances),
      wakesAt: (memory, circumstances) => {
        const { firstSeenAt, dueDate } = forSettings(memory)
        return firstSeenAt === undefined
          ? Number.NEGATIVE_INFINITY
          : nextDueAt(config, dueDate, inServiceFrom(firstSeenAt, circumstances))
      },
      evidence: ({ dueDate: date }) => ({
        detector: 'calendar',
        ...(date === undefined ? {} : { crossing: { p10: date, p50: date, p90: date } }),
        points: [],
      }),
    }

    /** After a change of the settings the start of service stays, and the date is computed again. */
    function forSettings(memory: CalendarState): CalendarState {
      if (memory.settings === settings) return memory
      const { dueDate: _date, isOver: _isOver, ...kept } = memory
      return { ...kept, settings }
    }

    /** Time does not go back: an earlier moment changes only `firstSeenAt`. */
    function passTo(
      now: number,
      memoryBefore: CalendarState,
      circumstances: EvaluationContext,
    ): Evaluation<CalendarState> {
      const before = forSettings(memoryBefore)
      const first = Math.min(now, before.firstSeenAt ?? now)
      const date = latestDueDate(config, now, inServiceFrom(first, circumstances))
      const memory = withDueDate(
        first === before.firstSeenAt ? before : { ...before, firstSeenAt: first },
        date,
        now,
      )
      return { state: memory, assessment: assessCalendar(memory) }
    }
  },
}

function inServiceFrom(
  first: number,
  { device, installedAt }: Omit<EvaluationContext, 'fleetModel'>,
): InService {
  return { since: installedAt ?? device.inUseSince ?? first, region: device.region }
}

/** Update the due date; return the same state when nothing changed. */
function withDueDate(memory: CalendarState, date: number | undefined, now: number): CalendarState {
  if (date === undefined || date < (memory.dueDate ?? date)) return memory
  const isOver = now >= addMonths(date, 1)
  if (date === memory.dueDate && (memory.isOver === true || !isOver)) return memory
  const { isOver: _, ...kept } = memory
  return { ...kept, dueDate: date, ...(isOver ? { isOver } : {}) }
}

function assessCalendar({ dueDate, isOver }: CalendarState): Assessment {
  return dueDate === undefined || isOver
    ? { is: 'good' }
    : { is: 'bad', crossesAt: dueDate, occurrence: dueDate }
}
