/** What of a finding matters for the score; a finding of the rules fits. */
export interface ScoredFinding {
  device: string
  component: string
  epoch: number
  rule: string
  at: number
  state: string
  /** Said by a rule on trial: it alarms nobody. */
  shadow?: boolean | undefined
  evidence: { detector: string }
}

/** What was said of a part, from when it was raised until it was cleared. */
export interface PartAlarm {
  device: string
  component: string
  epoch: number
  rule: string
  raisedAt: number
  /** Infinity where it still stands. */
  clearedAt: number
}

/** They remind of a date or of hours, and claim nothing of how a part is. */
const scheduleDetectors: readonly string[] = ['calendar', 'usage']

/** The alarms that findings raised, in the order of time. */
export function pairAlarms(findings: readonly ScoredFinding[]): PartAlarm[] {
  const alarms: PartAlarm[] = []
  const open = new Map<string, PartAlarm[]>()
  const claims = findings.filter(
    ({ shadow, evidence }) => !shadow && !scheduleDetectors.includes(evidence.detector),
  )
  for (const finding of claims.toSorted((a, b) => a.at - b.at || raisedFirst(a) - raisedFirst(b))) {
    const { device, component, epoch, rule, at, state } = finding
    const key = `${device}/${component}/${epoch}/${rule}`
    if (state === 'cleared') {
      const alarm = open.get(key)?.shift()
      if (alarm) alarm.clearedAt = at
    } else if (state === 'raised') {
      const alarm = { device, component, epoch, rule, raisedAt: at, clearedAt: Number.POSITIVE_INFINITY }
      alarms.push(alarm)
      open.set(key, [...(open.get(key) ?? []), alarm])
    }
  }
  return alarms
}

/** Of one moment, what is raised comes first: a clearing then ends the older alarm. */
function raisedFirst({ state }: ScoredFinding): number {
  return state === 'cleared' ? 1 : 0
}
