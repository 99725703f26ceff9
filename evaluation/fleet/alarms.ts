/** The fields of a finding that the score needs. */
export interface ScoredFinding {
  device: string
  component: string
  epoch: number
  rule: string
  at: number
  state: string
  /** Raised by a shadow rule, which opens no ticket. */
  shadow?: boolean | undefined
  evidence: { detector: string }
}

/** An alarm on a part, from the finding that raised it to the one that cleared it; times in ms. */
export interface PartAlarm {
  device: string
  component: string
  epoch: number
  rule: string
  raisedAt: number
  /** Infinity while it is active. */
  clearedAt: number
}

/** Detectors that remind of a date or of operating hours: their findings do not assess the part. */
const scheduleDetectors: readonly string[] = ['calendar', 'usage']

/** Pair raised and cleared findings to alarms, in the order of time; shadow and schedule findings are left out. */
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

/** Return the sort key within one timestamp: raised before cleared, so that a clearing ends the older alarm. */
function raisedFirst({ state }: ScoredFinding): number {
  return state === 'cleared' ? 1 : 0
}
