const intervalMs = 60_000
/** Keys that are remembered; beyond that the oldest is logged again earlier. Clients choose what becomes a key. */
const maxKeys = 1_000

/**
 * Create a function that calls back at most once a minute for each key, the first time at once, with the number of calls
 * since the last.
 * @param now monotonic clock, ms
 */
export function onceAMinute(now: () => number = () => performance.now()) {
  const keys = new Map<string, { at: number; count: number }>()
  return (key: string, report: (count: number) => void): void => {
    const known = keys.get(key)
    const at = now()
    const count = (known?.count ?? 0) + 1
    if (known !== undefined && at - known.at < intervalMs) {
      known.count = count
      return
    }
    keys.delete(key)
    keys.set(key, { at, count: 0 })
    const [oldest] = keys.size > maxKeys ? keys.keys() : []
    if (oldest !== undefined) keys.delete(oldest)
    report(count)
  }
}
