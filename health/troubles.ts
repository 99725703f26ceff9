import { messageOf } from '../lib/errors.ts'

export interface Troubles {
  /** Notes that something failed and was handled. The first of its kind in a minute is said at once. */
  report(where: string, error: unknown): void
  /** What went wrong within the last half minute, one line for each place. */
  now(): string[]
}

const FRESH_MS = 30_000
const QUIET_MS = 60_000
/** Different lines of one place within that time: clients can put into them what they like. */
const MAX_LINES = 10

interface Trouble {
  at: number
  /** When each line of it was said, within the quiet time. */
  saidAt: ReadonlyMap<string, number>
  text: string
  count: number
}

/** What goes wrong and is handled, told to people without flooding them. */
export function createTroubles(now: () => number, say: (text: string) => void): Troubles {
  const latest = new Map<string, Trouble>()
  return {
    report: (where, error) => {
      const text = oneLine(messageOf(error))
      const before = latest.get(where)
      const saidAt = new Map([...(before?.saidAt ?? [])].filter(([, at]) => now() - at < QUIET_MS))
      if (!saidAt.has(text) && saidAt.size < MAX_LINES) {
        say(`! ${where}: ${text}`)
        saidAt.set(text, now())
      }
      latest.set(where, { at: now(), saidAt, text, count: (before?.count ?? 0) + 1 })
    },
    now: () =>
      [...latest]
        .filter(([, { at }]) => now() - at < FRESH_MS)
        .map(([where, { text, count }]) => `${where}: ${text}${count > 1 ? ` (${count} times)` : ''}`),
  }
}

/** What clients sent may stand in it: nothing of it is to steer the terminal. */
function oneLine(text: string): string {
  return text.replace(/\p{Cc}+/gu, ' ').trim()
}
