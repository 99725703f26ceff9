import type { Evidence, Finding } from '../../contract/finding.ts'

/** A ticket as the desk would open it: one for each epoch of a part, by the first finding that asks for one. */
export interface BacktestTicket {
  device: string
  component: string
  epoch: number
  rule: string
  /** Event time of the finding that opens it, ms. */
  openedAt: number
  evidence: Evidence
}

/** The kept fields of a raised or cleared finding. */
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

/** Return a key of one epoch of one part of one device. */
export const partKey = (part: { device: string; component: string; epoch: number }): string =>
  `${part.device}/${part.component}/${part.epoch}`

/** Findings of a log as plain data. */
export interface FindingLogContents {
  alarms: readonly AlarmEvent[]
  counts: [rule: string, FindingCounts][]
  tickets: [part: string, BacktestTicket][]
}

/** The findings of one rule set in a backtest. */
export class FindingLog {
  #alarms: AlarmEvent[] = []
  readonly #counts = new Map<string, FindingCounts>()
  readonly #tickets = new Map<string, BacktestTicket>()
  #countsFrom = Number.NEGATIVE_INFINITY

  /** Return a log of what others have recorded since counting began. */
  static of(contents: FindingLogContents, countsFrom: number): FindingLog {
    const log = new FindingLog()
    log.#countsFrom = countsFrom
    // In the order of time: each device was replayed by itself.
    log.#alarms = contents.alarms.toSorted((a, b) => a.at - b.at)
    for (const [rule, counts] of contents.counts) log.#counts.set(rule, counts)
    for (const [part, ticket] of contents.tickets) log.#tickets.set(part, ticket)
    return log
  }

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

  /** Start counting: of the warm-up, only active alarms and tickets are kept. */
  endWarmUp(at: number): void {
    this.#countsFrom = at
    this.#counts.clear()
    const active = new Map<string, AlarmEvent>()
    for (const alarm of this.#alarms) {
      const key = `${partKey(alarm)}/${alarm.rule}`
      if (alarm.state === 'raised') active.set(key, alarm)
      else active.delete(key)
    }
    this.#alarms = [...active.values()]
  }

  /** Return everything recorded, as plain data. */
  contents(): FindingLogContents {
    return { alarms: this.#alarms, counts: [...this.#counts], tickets: [...this.#tickets] }
  }

  /** Merge what logs of different devices have recorded. */
  static merge(logs: readonly FindingLogContents[]): FindingLogContents {
    const counts = new Map<string, FindingCounts>()
    for (const [rule, more] of logs.flatMap((log) => log.counts)) {
      const { raised, updated, cleared } = counts.get(rule) ?? { raised: 0, updated: 0, cleared: 0 }
      counts.set(rule, {
        raised: raised + more.raised,
        updated: updated + more.updated,
        cleared: cleared + more.cleared,
      })
    }
    return {
      alarms: logs.flatMap(({ alarms }) => alarms),
      counts: [...counts],
      tickets: logs.flatMap(({ tickets }) => tickets),
    }
  }

  counts(rule: string): FindingCounts {
    return this.#counts.get(rule) ?? { raised: 0, updated: 0, cleared: 0 }
  }

  /** Alarms in the order of time. */
  alarmEvents(): readonly AlarmEvent[] {
    return this.#alarms
  }

  /** Return the ticket of a part, also one of the warm-up: a later finding does not open a second one. */
  ticketFor(key: string): BacktestTicket | undefined {
    return this.#tickets.get(key)
  }

  /** Return any ticket of the same rule and metric; none where the limit depends on the device's own baseline. */
  similarTicket({ rule, evidence }: BacktestTicket): BacktestTicket | undefined {
    for (const ticket of this.#tickets.values()) {
      const { metric, baseline } = ticket.evidence
      if (ticket.rule === rule && metric === evidence.metric && baseline === undefined) return ticket
    }
    return undefined
  }

  /** Return the tickets opened since counting began, by `partKey`. */
  tickets(): Map<string, BacktestTicket> {
    return new Map([...this.#tickets].filter(([, { openedAt }]) => openedAt >= this.#countsFrom))
  }
}
