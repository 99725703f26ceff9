import type { OutageOptions, OutageResult } from './outage.ts'
import { maxLag, type OutageSample } from './sample.ts'

type Settings = Pick<OutageOptions, 'component' | 'mode' | 'minutes' | 'rate' | 'devices'>

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
  maxLag: number
  /** What /readyz named meanwhile. */
  failedChecks: string[]
}

interface Range {
  before: number
  most: number
}

export function createReport(
  { component, mode, minutes, rate, devices }: Settings,
  outage: OutageResult,
): Report {
  const { before, during, after } = outage
  const { acknowledged, found, lost, missing, stored, duplicateNotices, restarts } = outage
  const [first, last] = [during[0], during.at(-1)]
  const from = first?.load.acked ?? 0
  const lastAck = during.findLast(
    (moment, index) => moment.load.acked > (during[index - 1]?.load.acked ?? from),
  )
  const disturbed = [...during, ...after]
  return {
    component,
    mode,
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
    memoryMiB: memoryRange({ before, disturbed }, ({ processStats }) => processStats?.anonBytes),
    journalMiB: memoryRange({ before, disturbed }, ({ metrics }) => metrics?.journalBytes),
    maxLag: Math.max(0, ...disturbed.map(maxLag).filter(Number.isFinite)),
    failedChecks: [...new Set(during.flatMap(({ failedChecks }) => failedChecks))],
  }
}

function memoryRange(
  { before, disturbed }: { before: readonly OutageSample[]; disturbed: readonly OutageSample[] },
  of: (moment: OutageSample) => number | undefined,
): Range {
  const MiB = (moments: readonly OutageSample[]) =>
    Math.round(Math.max(0, ...moments.flatMap((moment) => of(moment) ?? [])) / 2 ** 20)
  return { before: MiB(before), most: MiB(disturbed) }
}

function seconds(from: OutageSample | undefined, to: OutageSample | undefined): number {
  return Math.round(((to?.at ?? 0) - (from?.at ?? 0)) / 100) / 10
}
