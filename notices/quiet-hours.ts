import { minuteMs } from '../lib/time.ts'

/** Hours of the day in which only what is urgent is sent: `22:00` to `07:00`, local. Equal ones: none. */
export interface QuietHours {
  /** IANA name. */
  timeZone: string
  from: string
  until: string
}

/**
 * When quiet hours end, if they are now. It goes by the clock on the wall, minute by minute, so that days on which clocks
 * are changed need no rule of their own.
 * @param at ms since 1970 UTC
 * @returns ms since 1970 UTC; undefined outside of them
 */
export function quietUntil({ timeZone, from, until }: QuietHours, at: number): number | undefined {
  const wall = new Intl.DateTimeFormat('en-GB', { timeZone, hour: '2-digit', minute: '2-digit' })
  const isQuiet = (ms: number) => {
    const clock = wall.format(ms)
    return from <= until ? from <= clock && clock < until : from <= clock || clock < until
  }
  let end = at
  while (isQuiet(end)) end = (Math.floor(end / minuteMs) + 1) * minuteMs
  return end === at ? undefined : end
}
