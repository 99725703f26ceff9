import type { Device } from '../../../contract/device.ts'
import type { Reading } from '../../../contract/reading.ts'
import { dayMs } from '../../../lib/time.ts'
import { start } from '../../../rules/testing/rules.ts'
import { columnsOfReadings } from '../../../store/series/columns.ts'
import type { PartReplacement, PartVerdict, ReplayHistory } from '../replay-history.ts'

export interface InMemoryHistoryOptions {
  devices: readonly Device[]
  /** In any order. */
  readings: readonly Reading[]
  replacements?: readonly PartReplacement[]
  verdicts?: readonly PartVerdict[]
}

/** Create a history from the given data. */
export function inMemoryHistory({
  devices,
  readings,
  replacements = [],
  verdicts = [],
}: InMemoryHistoryOptions): ReplayHistory {
  const sorted = readings.toSorted((a, b) => a.ts - b.ts)
  const [first, last] = [sorted[0]?.ts, sorted.at(-1)?.ts]
  const scan: ReplayHistory['readings'] = async function* ({ from, to, devices: wanted }) {
    const some = sorted.filter(
      ({ device, ts }) => ts >= from && ts < to && (wanted === undefined || wanted.includes(device)),
    )
    for (let n = 0; n < some.length; n += 50) yield some.slice(n, n + 50)
  }
  return {
    devices: async () => devices.map((device) => ({ ...device, firstSeen: start })),
    replacements: async () => [...replacements],
    verdicts: async () => [...verdicts],
    liveRules: async () => [],
    extent: async () => (first === undefined || last === undefined ? undefined : { first, last }),
    readings: scan,
    columns: (wanted) => columnsOfReadings(scan(wanted), wanted, 100),
    close: async () => undefined,
  }
}

export const phoneDevice = (id: string): Device => ({ id, kind: 'phone' })

/** Return daily readings of the battery health of a phone, from `start`. */
export function batteryHealthReadings(device: string, values: readonly number[]): Reading[] {
  return values.map((battery_health_pct, n) => ({
    device,
    ts: start + n * dayMs,
    values: { battery_health_pct },
  }))
}

/** Return `days` values, each lower than the one before by `perDay`. */
export function linearDecline(from: number, perDay: number, days: number): number[] {
  return Array.from({ length: days }, (_, n) => from - n * perDay)
}
