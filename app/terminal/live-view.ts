import type { Screen } from './terminal.ts'

export interface LiveStats {
  address: string
  mqtt: string
  received: number
  stored: number
  duplicate: number
  quarantined: number
  devices: number
  openTickets: number
  noticesDelivered: number
  noticesSent: number
  /** Entries of the journal that the slowest consumer has yet to do. */
  lag: number
  /** What is wrong, in words; empty when all is well. */
  faults: readonly string[]
  /** What the simulated fleet says of itself, where one runs. */
  simulator?: string
}

export interface LiveView {
  show(figures: LiveStats): void
  /** A line that stays, above the view. */
  log(text: string): void
  /** Leaves the last state standing; what is said from now on comes below. */
  end(): void
}

const PLAIN_INTERVAL_MS = 5_000

/** The state of the whole, redrawn in place on a terminal; on anything else one line every five seconds. */
export function createLiveView(now: () => number, screen: Screen): LiveView {
  const rate = createRate(now)
  return screen.isTTY ? ttyView(screen, rate) : plainView({ screen, now, rate })
}

function ttyView(screen: Screen, rate: (received: number) => number): LiveView {
  let rows: string[] = []
  const erase = () => (rows.length > 0 ? `\x1b[${rows.length}A\r\x1b[J` : '')
  const draw = () => rows.map((row) => `${row.slice(0, (screen.columns ?? 80) - 1)}\n`).join('')
  return {
    show: (figures) => {
      const before = erase()
      // What has left the screen at its top could not be erased any more.
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

function plainView({
  screen,
  now,
  rate,
}: {
  screen: Screen
  now: () => number
  rate: (n: number) => number
}) {
  let lastAt = Number.NEGATIVE_INFINITY
  return {
    show: (figures: LiveStats) => {
      if (now() - lastAt < PLAIN_INTERVAL_MS) return
      lastAt = now()
      screen.write(`${statsLine(figures, rate(figures.received))}\n`)
    },
    log: (text: string) => {
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
    `  open tickets  ${count(f.openTickets)}`,
    `  notices       ${count(f.noticesSent)} sent, ${count(f.noticesDelivered)} delivered`,
    `  quarantine    ${count(f.quarantined)}`,
    `  lag           ${count(f.lag)} entries`,
    ...(f.simulator ? [`  simulator     ${f.simulator}`] : []),
    ...f.faults.map((trouble) => `  ! ${trouble}`),
    '',
  ]
}

function statsLine(f: LiveStats, perSecond: number): string {
  const parts = [
    `${count(perSecond)} readings/s`,
    `${count(f.devices)} devices`,
    `${count(f.openTickets)} open tickets`,
    `${count(f.noticesSent)} notices sent`,
    `${count(f.noticesDelivered)} delivered`,
    `quarantine ${count(f.quarantined)}`,
    `lag ${count(f.lag)}`,
    ...(f.simulator ? [`simulator: ${f.simulator}`] : []),
    ...f.faults.map((trouble) => `! ${trouble}`),
  ]
  return parts.join(' · ')
}

function count(value: number): string {
  return Math.round(value).toLocaleString('en')
}

/** Readings a second since the call before, from a running total. */
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
