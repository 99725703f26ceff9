import { messageOf } from './terminal/output.ts'

export interface Troubles {
  /** Notes that something failed and was handled. The first of its kind in a minute is said at once. */
  report(where: string, error: unknown): void
  /** What went wrong within the last half minute, one line for each place. */
  now(): string[]
}

const FRESH_MS = 30_000
const QUIET_MS = 60_000

/** What goes wrong and is handled, told to people without flooding them. */
export function createTroubles(now: () => number, say: (text: string) => void): Troubles {
  const latest = new Map<string, { at: number; saidAt: number; text: string; count: number }>()
  return {
    report: (where, error) => {
      const text = oneLine(messageOf(error))
      const before = latest.get(where)
      const isNew = before === undefined || before.text !== text || now() - before.saidAt >= QUIET_MS
      if (isNew) say(`! ${where}: ${text}`)
      latest.set(where, {
        at: now(),
        saidAt: isNew || before === undefined ? now() : before.saidAt,
        text,
        count: (before?.count ?? 0) + 1,
      })
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
