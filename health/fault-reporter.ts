import { errorMessage } from '../lib/error-message.ts'

export interface FaultReporter {
  /** Notes that something failed and was handled. The first of its kind in a minute is said at once. */
  report(where: string, error: unknown): void
  /** What went wrong within the last half minute, one line for each place. */
  recentFaults(): string[]
}

const RECENT_WINDOW_MS = 30_000
const REPEAT_INTERVAL_MS = 60_000
/** Different lines of one place within that time: clients can put into them what they like. */
const MAX_DISTINCT_MESSAGES = 10

interface ReportedFault {
  at: number
  /** When each line of it was said, within the quiet time. */
  loggedAt: ReadonlyMap<string, number>
  text: string
  count: number
}

/** What goes wrong and is handled, told to people without flooding them. */
export function createFaultReporter(now: () => number, log: (text: string) => void): FaultReporter {
  const latest = new Map<string, ReportedFault>()
  return {
    report: (where, error) => {
      const text = sanitizeLine(errorMessage(error))
      const before = latest.get(where)
      const saidAt = new Map(
        [...(before?.loggedAt ?? [])].filter(([, at]) => now() - at < REPEAT_INTERVAL_MS),
      )
      if (!saidAt.has(text) && saidAt.size < MAX_DISTINCT_MESSAGES) {
        log(`! ${where}: ${text}`)
        saidAt.set(text, now())
      }
      latest.set(where, { at: now(), loggedAt: saidAt, text, count: (before?.count ?? 0) + 1 })
    },
    recentFaults: () =>
      [...latest]
        .filter(([, { at }]) => now() - at < RECENT_WINDOW_MS)
        .map(([where, { text, count }]) => `${where}: ${text}${count > 1 ? ` (${count} times)` : ''}`),
  }
}

/** What clients sent may stand in it: nothing of it is to steer the terminal. */
function sanitizeLine(text: string): string {
  return text.replace(/\p{Cc}+/gu, ' ').trim()
}
