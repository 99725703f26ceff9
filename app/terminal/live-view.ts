import type { Screen } from './terminal.ts'

export interface LiveStats {
  address: string
  mqtt: string
  received: number
  stored: number
  duplicate: number
  quarantined: number
  /** Values of these readings. */
  values: { received: number; stored: number; duplicate: number; quarantined: number; ignored: number }
  devices: number
  openTickets: number
  noticesDelivered: number
  noticesSent: number
  /** Journal entries that the slowest consumer has not processed yet. */
  lag: number
  /** One line for each fault; empty when there is none. */
  faults: readonly string[]
  /** State of the simulated fleet, where one runs. */
  simulator?: string
}

export interface LiveView {
  /** Whether figures are visible; elsewhere `show` does nothing. */
  readonly showsFigures: boolean
  show(figures: LiveStats): void
  /** Write a line that stays above the view. */
  log(text: string): void
  /** Leave the last state on the screen; later lines come below it. */
  end(): void
}

/** Create the view of the program's state, redrawn in place on a terminal. Elsewhere it shows nothing but the lines. */
export function createLiveView(now: () => number, screen: Screen): LiveView {
  return screen.isTTY ? ttyView(screen, createRate(now)) : plainView(screen)
}

function ttyView(screen: Screen, rate: (received: number) => number): LiveView {
  let rows: string[] = []
  const erase = () => (rows.length > 0 ? `\x1b[${rows.length}A\r\x1b[J` : '')
  const draw = () => rows.map((row) => `${row.slice(0, (screen.columns ?? 80) - 1)}\n`).join('')
  return {
    showsFigures: true,
    show: (figures) => {
      const before = erase()
      // Rows that have scrolled off the screen cannot be erased.
      rows = statsTable(figures, rate(figures.received)).slice(0, (screen.rows ?? 24) - 1)
      screen.write(before + draw())
    },
    log: (text) => {
      screen.write(`${erase()}${text}\n${draw()}`)
    },
    end: () => {
      rows = []
    },
  }
}

function plainView(screen: Screen): LiveView {
  return {
    showsFigures: false,
    show: () => undefined,
    log: (text) => {
      screen.write(`${text}\n`)
    },
    end: () => undefined,
  }
}

function statsTable(f: LiveStats, perSecond: number): string[] {
  return [
    '',
    `  Forewarn      ${f.address}`,
    `  devices       ${count(f.devices)}, at ${f.mqtt}`,
    `  readings      ${count(perSecond)}/s, ${count(f.received)} received`,
    `                = ${count(f.stored)} stored + ${count(f.duplicate)} duplicate + ${count(f.quarantined)} quarantined`,
    `  values        ${count(f.values.stored)} stored + ${count(f.values.duplicate)} duplicate`,
    `                + ${count(f.values.quarantined)} quarantined + ${count(f.values.ignored)} ignored`,
    `  open tickets  ${count(f.openTickets)}`,
    `  notices       ${count(f.noticesSent)} sent, ${count(f.noticesDelivered)} delivered`,
    `  lag           ${count(f.lag)} entries`,
    ...(f.simulator ? [`  simulator     ${f.simulator}`] : []),
    ...f.faults.map((fault) => `  ! ${fault}`),
    '',
  ]
}

function count(value: number): string {
  return Math.round(value).toLocaleString('en')
}

/** Create a function that returns the readings a second since its previous call, from a running total. */
function createRate(now: () => number): (received: number) => number {
  let last: { at: number; received: number } | undefined
  return (received) => {
    const at = now()
    const seconds = last ? (at - last.at) / 1_000 : 0
    const rate = last && seconds > 0 ? (received - last.received) / seconds : 0
    last = { at, received }
    return rate
  }
}
