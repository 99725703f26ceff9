import { dayMs, hourMs, minuteMs } from '../../lib/time.ts'

const resendScheduleMs = [minuteMs, 5 * minuteMs, 30 * minuteMs, 2 * hourMs, 6 * hourMs, dayMs]

/**
 * Return the delay before an unconfirmed notice is sent again: 1 min, 5 min, 30 min, 2 h, 6 h, then a day each.
 * @param attempts number made so far, at least 1
 * @returns ms from the last attempt
 */
export function resendDelayMs(attempts: number): number {
  return resendScheduleMs[attempts - 1] ?? dayMs
}
