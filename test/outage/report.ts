import { greatestLag, type Moment } from './moment.ts'
import type { Outage, OutageOptions } from './outage.ts'

type Settings = Pick<OutageOptions, 'part' | 'way' | 'minutes' | 'rate' | 'devices'>

export interface Report extends Settings {
  /** Readings, from the first second to the last. */
  acknowledged: number
  /** Of these, what is not in the series. */
  lost: number
  /** Some of the lost ones: the device, and the time of the reading. */
  missing: string[]
  /** Readings that the journal took again. */
  storedTwice: number
  duplicateNotices: number
  /** Messages that were acknowledged while the part was away, and for how long that went on. */
  acknowledgedMeanwhile: number
  acknowledgedForSeconds: number
  /** From the part's return until lags and waits were as they always are under this load. */
  caughtUpSeconds: number
  /** Times that the program ended by itself, and was started again. */
  restarts: number
  memoryMiB: Range
  journalMiB: Range
  /** Entries that the slowest consumer was behind. */
  mostLag: number
  /** What /readyz named meanwhile. */
  said: string[]
}

interface Range {
  before: number
  most: number
}

export function reportOf({ part, way, minutes, rate, devices }: Settings, outage: Outage): Report {
  const { before, away, after } = outage
  const { acknowledged, found, lost, missing, stored, duplicateNotices, restarts } = outage
  const [first, last] = [away[0], away.at(-1)]
  const from = first?.load.acked ?? 0
  const lastAck = away.findLast((moment, index) => moment.load.acked > (away[index - 1]?.load.acked ?? from))
  const disturbed = [...away, ...after]
  return {
    part,
    way,
    minutes,
    rate,
    devices,
    acknowledged,
    lost,
    missing,
    storedTwice: Math.max(0, stored - found),
    duplicateNotices,
    acknowledgedMeanwhile: (last?.load.acked ?? 0) - from,
    acknowledgedForSeconds: seconds(first, lastAck ?? first),
    caughtUpSeconds: seconds(last, after.at(-1)),
    restarts,
    memoryMiB: rangeOf({ before, disturbed }, ({ seen }) => seen?.anonBytes),
    journalMiB: rangeOf({ before, disturbed }, ({ told }) => told?.journalBytes),
    mostLag: Math.max(0, ...disturbed.map(greatestLag).filter(Number.isFinite)),
    said: [...new Set(away.flatMap(({ said }) => said))],
  }
}

function rangeOf(
  { before, disturbed }: { before: readonly Moment[]; disturbed: readonly Moment[] },
  of: (moment: Moment) => number | undefined,
): Range {
  const MiB = (moments: readonly Moment[]) =>
    Math.round(Math.max(0, ...moments.flatMap((moment) => of(moment) ?? [])) / 2 ** 20)
  return { before: MiB(before), most: MiB(disturbed) }
}

function seconds(from: Moment | undefined, to: Moment | undefined): number {
  return Math.round(((to?.at ?? 0) - (from?.at ?? 0)) / 100) / 10
}
