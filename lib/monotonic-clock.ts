/**
 * Monotonic clock, ms: for intervals, rates and timeouts, because setting the system's clock does not change it. Its zero
 * is the start of the process, so its values are neither stored nor compared with those of other processes.
 */
export function monotonicNow(): number {
  return performance.now()
}
