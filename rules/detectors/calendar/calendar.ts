import type { Assessment, Detector, EvaluationContext, Evaluator } from '../detector.ts'
import { type CalendarConfig, config, validateConfig } from './config.ts'
import { type InService, latestDueDate, nextDueAt } from './due.ts'
import { addMonths } from './months.ts'

interface CalendarState {
  /** When the device was first heard or expected. */
  firstSeenAt: number | undefined
  /** Newest date that was due so far. */
  dueDate: number | undefined
  /** The month after the date has passed. */
  isOver: boolean
  /** Settings for which `dueDate` holds; the start of service is the same for all. */
  settings: string | undefined
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
      reads: [],
      stateKey: 'calendar',
      createMemory: () => ({ firstSeenAt: undefined, dueDate: undefined, isOver: false, settings }),
      onSample: (memory, { ts }, context) => passTo(ts, memory, context),
      onTick(memory, { at }, context) {
        const { firstSeenAt, dueDate, isOver, settings: known } = memory
        const assessment = passTo(at, memory, context)
        const isSame =
          firstSeenAt === memory.firstSeenAt && dueDate === memory.dueDate && isOver === memory.isOver
        return { assessment, isChanged: !isSame || known !== settings }
      },
      wakesAt: ({ firstSeenAt, dueDate, settings: known }, context) =>
        firstSeenAt === undefined
          ? Number.NEGATIVE_INFINITY
          : nextDueAt(config, known === settings ? dueDate : undefined, inServiceFrom(firstSeenAt, context)),
      evidence: ({ dueDate: date }) => ({
        detector: 'calendar',
        ...(date === undefined ? {} : { crossing: { p10: date, p50: date, p90: date } }),
        points: [],
      }),
    }

    /** Time does not go back: an earlier moment changes only `firstSeenAt`. */
    function passTo(now: number, memory: CalendarState, context: EvaluationContext): Assessment {
      if (memory.settings !== settings) {
        // After a change of the settings the start of service stays, and the date is computed again.
        memory.settings = settings
        memory.dueDate = undefined
        memory.isOver = false
      }
      memory.firstSeenAt = Math.min(now, memory.firstSeenAt ?? now)
      const date = latestDueDate(config, now, inServiceFrom(memory.firstSeenAt, context))
      updateDueDate(memory, date, now)
      return assessCalendar(memory)
    }
  },
}

function inServiceFrom(
  first: number,
  { device, installedAt }: Omit<EvaluationContext, 'fleetModel'>,
): InService {
  return { since: installedAt ?? device.inUseSince ?? first, region: device.region }
}

function updateDueDate(memory: CalendarState, date: number | undefined, now: number): void {
  if (date === undefined || date < (memory.dueDate ?? date)) return
  const isOver = now >= addMonths(date, 1)
  memory.isOver = isOver || (date === memory.dueDate && memory.isOver)
  memory.dueDate = date
}

function assessCalendar({ dueDate, isOver }: CalendarState): Assessment {
  return dueDate === undefined || isOver
    ? { is: 'good' }
    : { is: 'bad', crossesAt: dueDate, occurrence: dueDate }
}
