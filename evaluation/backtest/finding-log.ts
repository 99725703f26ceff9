import type { Evidence, Finding } from '../../contract/finding.ts'

/** A ticket as the desk would open it: one for each life of a part, by the first finding that asks for one. */
export interface BacktestTicket {
  device: string
  component: string
  epoch: number
  rule: string
  /** Event time of the finding that opens it. */
  openedAt: number
  evidence: Evidence
}

/** What of a raised or cleared finding is remembered. */
export interface AlarmEvent {
  device: string
  component: string
  epoch: number
  rule: string
  at: number
  state: 'raised' | 'cleared'
  evidence: { detector: string }
}

export interface FindingCounts {
  raised: number
  updated: number
  cleared: number
}

/** Names one life of one part of one device. */
export const partKey = (part: { device: string; component: string; epoch: number }): string =>
  `${part.device}/${part.component}/${part.epoch}`

/** Keeps account of what one side of a backtest finds. */
export class FindingLog {
  #alarms: AlarmEvent[] = []
  readonly #counts = new Map<string, FindingCounts>()
  readonly #tickets = new Map<string, BacktestTicket>()
  #countsFrom = Number.NEGATIVE_INFINITY

  record(finding: Finding): void {
    const { device, component, epoch, rule, at, state, evidence, ticket } = finding
    const counts = this.#counts.get(rule) ?? { raised: 0, updated: 0, cleared: 0 }
    this.#counts.set(rule, counts)
    counts[state] += 1
    if (state === 'updated') return
    const { detector } = evidence
    this.#alarms.push({ device, component, epoch, rule, at, state, evidence: { detector } })
    const key = partKey(finding)
    if (state === 'cleared' || ticket === undefined || this.#tickets.has(key)) return
    this.#tickets.set(key, { device, component, epoch, rule, openedAt: at, evidence })
  }

  /** From here on it counts: of what was before, only the alarms that still stand and the tickets are remembered. */
  endWarmUp(at: number): void {
    this.#countsFrom = at
    this.#counts.clear()
    const standing = new Map<string, AlarmEvent>()
    for (const alarm of this.#alarms) {
      const key = `${partKey(alarm)}/${alarm.rule}`
      if (alarm.state === 'raised') standing.set(key, alarm)
      else standing.delete(key)
    }
    this.#alarms = [...standing.values()]
  }

  counts(rule: string): FindingCounts {
    return this.#counts.get(rule) ?? { raised: 0, updated: 0, cleared: 0 }
  }

  /** In the order of their time. */
  alarmEvents(): readonly AlarmEvent[] {
    return this.#alarms
  }

  /** Those of before as well, for what happens later does not open a second one. */
  ticketFor(key: string): BacktestTicket | undefined {
    return this.#tickets.get(key)
  }

  /** Any ticket of the same rule and metric. Where the limit hangs on the device's own baseline, none is. */
  similarTicket({ rule, evidence }: BacktestTicket): BacktestTicket | undefined {
    for (const ticket of this.#tickets.values()) {
      const { metric, baseline } = ticket.evidence
      if (ticket.rule === rule && metric === evidence.metric && baseline === undefined) return ticket
    }
    return undefined
  }

  /** The tickets opened since counting began, by part. */
  tickets(): Map<string, BacktestTicket> {
    return new Map([...this.#tickets].filter(([, { openedAt }]) => openedAt >= this.#countsFrom))
  }
}
