import { dayMs } from '../../../lib/time.ts'
import { median } from '../../../rules/detectors/bucketed-series.ts'
import type { ReplayedPhone } from './replay-phones.ts'

/** Limit of the rules, and the time before the first reading below it in which an alarm is in time. */
const limitPct = 80
const [leastLeadMs, greatestLeadMs] = [7 * dayMs, 180 * dayMs]
const yearMs = 365.25 * dayMs

/** `open`: the record of a phone that never fell below the limit ends too soon after the alarm to tell. */
type AlarmOutcome = 'in_time' | 'late' | 'false' | 'open'

interface PhoneAlarm {
  at: number
  outcome: AlarmOutcome
  /** Predicted dates at the alarm, ms; absent for one that predicts none. */
  crossing?: { p10: number; p50: number; p90: number } | undefined
}

/** The alarms of a rule on one phone; times in ms. */
export interface PhoneAlarms {
  unit: string
  /** First reading below the limit; absent where there was none. */
  event?: number
  /** Observed time, up to the event. */
  observedMs: number
  /** Readings in the time in which an alarm would be in time: only a reading can raise one. */
  readingsInTime: number
  /** Time of the last reading above the limit: the phone fell below it some time between. */
  lastReadingBefore?: number
  /** Oldest first. */
  alarms: readonly PhoneAlarm[]
}

/** Return the alarms of a rule on a phone; undefined for one that was never seen above the limit. */
export function alarmsOf({ phone, findings }: ReplayedPhone, rule: string): PhoneAlarms | undefined {
  const { device, readings } = phone
  const [first, last] = [readings[0]?.ts, readings.at(-1)?.ts]
  const event = readings.find(({ values }) => (values.battery_health_pct ?? limitPct) < limitPct)?.ts
  if (first === undefined || last === undefined || event === first) return undefined
  const lastReadingBefore = readings.findLast(({ ts }) => event !== undefined && ts < event)?.ts
  const raised = findings.filter((finding) => finding.rule === rule && finding.state === 'raised')
  return {
    unit: device.id,
    ...(event === undefined ? {} : { event }),
    ...(lastReadingBefore === undefined ? {} : { lastReadingBefore }),
    observedMs: (event ?? last) - first,
    readingsInTime: readings.filter(({ ts }) => event !== undefined && isInTime(event - ts)).length,
    alarms: raised.map(({ at, evidence }) => ({
      at,
      outcome: outcomeOf(at, event, last),
      crossing: evidence.crossing,
    })),
  }
}

const isInTime = (leadMs: number): boolean => leadMs >= leastLeadMs && leadMs <= greatestLeadMs

function outcomeOf(at: number, event: number | undefined, last: number): AlarmOutcome {
  if (event === undefined) return last - at > greatestLeadMs ? 'false' : 'open'
  if (event - at > greatestLeadMs) return 'false'
  return isInTime(event - at) ? 'in_time' : 'late'
}

/** The score of a rule on all phones. */
export interface AlarmScore {
  phones: number
  deviceYears: number
  /** Phones that fell below the limit. */
  failures: number
  /** Failures whose first alarm was in time. */
  detected: number
  /** Failures with a reading that could have raised an alarm in time. */
  detectable: number
  /** Failures whose first alarm came too late, at the limit or below it, or never. */
  late: number
  falseAlarms: number
  falseAlarmsPerDeviceYear: number
  openAlarms: number
  /** Median of the detected. */
  medianLeadDays: number | null
}

export function computeAlarmScore(phones: readonly PhoneAlarms[]): AlarmScore {
  const failed = phones.filter(({ event }) => event !== undefined)
  const firstOutcomes = failed.map(({ alarms }) => alarms[0]?.outcome ?? 'late')
  const alarms = phones.flatMap((phone) => phone.alarms)
  const count = (outcome: AlarmOutcome) => alarms.filter((alarm) => alarm.outcome === outcome).length
  const deviceYears = phones.reduce((sum, { observedMs }) => sum + observedMs, 0) / yearMs
  const leads = failed.flatMap(({ alarms: [first], event = 0 }) =>
    first?.outcome === 'in_time' ? [(event - first.at) / dayMs] : [],
  )
  return {
    phones: phones.length,
    deviceYears,
    failures: failed.length,
    detected: leads.length,
    detectable: failed.filter(({ readingsInTime }) => readingsInTime > 0).length,
    late: firstOutcomes.filter((outcome) => outcome === 'late').length,
    falseAlarms: count('false'),
    falseAlarmsPerDeviceYear: count('false') / deviceYears,
    openAlarms: count('open'),
    medianLeadDays: leads.length > 0 ? median(leads) : null,
  }
}
