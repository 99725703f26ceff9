import { dayMs, hourMs, minuteMs } from '../../lib/time.ts'

/** A notice that did not arrive within this time is given up, in milliseconds. */
export const noticeTtlMs = 7 * dayMs

const resendScheduleMs = [minuteMs, 5 * minuteMs, 30 * minuteMs, 2 * hourMs, 6 * hourMs, dayMs]

/**
 * When a notice that nobody has confirmed is sent again.
 * @param attempts made so far, at least 1
 * @returns milliseconds from the last attempt
 */
export function resendDelayMs(attempts: number): number {
  return resendScheduleMs[attempts - 1] ?? dayMs
}
