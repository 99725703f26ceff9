import type { FleetModel } from '../../../contract/fleet-model.ts'
import type { Lifetime } from '../../../contract/lifetime.ts'
import type { LifetimeContribution } from '../../../rules/engine/engine.ts'
import type { TextFile } from '../../../rules/files/read-yaml-files.ts'
import type { FleetModelParts } from '../../../rules/fleet-model/fleet-model-builder.ts'
import type { LifetimeSampleParts } from '../../../rules/fleet-model/lifetime-sample.ts'
import type { SeriesColumn } from '../../../store/series/columns.ts'
import type { ReplayBound } from './device-replay.ts'
import type { FleetFindings } from './fleet.ts'
import type { ReplayFleetOptions } from './replay-fleet.ts'

/** What a thread is to replay: kinds and detectors it loads by itself, rules it gets as text. */
interface ThreadReplay
  extends Pick<ReplayFleetOptions, 'devices' | 'replacements' | 'compareWithLive' | 'begin' | 'from'> {
  rules: { live: readonly TextFile[]; candidate: readonly TextFile[] }
}

/** What the main thread asks of a thread of a replay. */
export type ReplayThreadCalls = {
  open(replay: ThreadReplay): { metrics: readonly string[] | undefined; learns: boolean }
  load(columns: PackedColumns): void
  /** @returns the number of readings replayed so far */
  advance(bound: ReplayBound): number
  endWarmUp(argument: undefined): void
  /** Of each rule set. */
  contributions(argument: undefined): PackedParts[]
  setFleetModels(models: PackedModel[]): void
  findings(argument: undefined): FleetFindings
}

/** Columns in memory that threads share: nothing is copied on the way. */
export interface PackedColumns {
  columns: { device: string; metric: string; count: number }[]
  /** Times and values of all columns, one after the other. */
  times: Float64Array
  values: Float64Array
}

/** Pack columns for another thread. */
export function packColumns(columns: readonly SeriesColumn[]): PackedColumns {
  const count = columns.reduce((sum, { times }) => sum + times.length, 0)
  const bytes = count * Float64Array.BYTES_PER_ELEMENT
  const [times, values] = [
    new Float64Array(new SharedArrayBuffer(bytes)),
    new Float64Array(new SharedArrayBuffer(bytes)),
  ]
  let begin = 0
  for (const column of columns) {
    times.set(column.times, begin)
    values.set(column.values, begin)
    begin += column.times.length
  }
  const heads = columns.map(({ device, metric, times }) => ({ device, metric, count: times.length }))
  return { columns: heads, times, values }
}

export function unpackColumns({ columns, times, values }: PackedColumns): SeriesColumn[] {
  let begin = 0
  return columns.map(({ device, metric, count }) => {
    const end = begin + count
    const column = { device, metric, times: times.subarray(begin, end), values: values.subarray(begin, end) }
    begin = end
    return column
  })
}

/** Lifetime whose points are flat: time, value, time, value… Thousands of pairs would take longer than the rest of a day. */
type PackedLifetime = Omit<Lifetime, 'points'> & { points: Float64Array }

function packLifetime({ points, ...rest }: Lifetime): PackedLifetime {
  return { ...rest, points: Float64Array.from(points.flat()) }
}

function unpackLifetime({ points, ...rest }: PackedLifetime): Lifetime {
  const pairs: [number, number][] = []
  for (let index = 0; index < points.length; index += 2)
    pairs.push([points[index] ?? Number.NaN, points[index + 1] ?? Number.NaN])
  return { ...rest, points: pairs }
}

type PackedContribution = Omit<LifetimeContribution, 'lifetime'> & { lifetime: PackedLifetime }

/** Contributions to a fleet model. */
export interface PackedParts extends Pick<FleetModelParts, 'cohorts' | 'histories'> {
  lifetimes: {
    key: string
    sample: Omit<LifetimeSampleParts, 'contributions'> & { contributions: PackedContribution[] }
  }[]
}

export function packParts({ lifetimes, ...rest }: FleetModelParts): PackedParts {
  const pack = (one: LifetimeContribution) => ({ ...one, lifetime: packLifetime(one.lifetime) })
  return {
    ...rest,
    lifetimes: lifetimes.map(({ key, sample }) => ({
      key,
      sample: { ...sample, contributions: sample.contributions.map(pack) },
    })),
  }
}

export function unpackParts({ lifetimes, ...rest }: PackedParts): FleetModelParts {
  const unpack = (one: PackedContribution) => ({ ...one, lifetime: unpackLifetime(one.lifetime) })
  return {
    ...rest,
    lifetimes: lifetimes.map(({ key, sample }) => ({
      key,
      sample: { ...sample, contributions: sample.contributions.map(unpack) },
    })),
  }
}

/** Fleet model. */
export interface PackedModel extends Pick<FleetModel, 'version' | 'cohortStats' | 'hazards'> {
  lifetimes: [key: string, PackedLifetime[]][]
}

export function packModel({ lifetimes, ...rest }: FleetModel): PackedModel {
  return {
    ...rest,
    lifetimes: Object.entries(lifetimes).map(([key, lives]) => [key, lives.map(packLifetime)]),
  }
}

export function unpackModel({ lifetimes, ...rest }: PackedModel): FleetModel {
  return {
    ...rest,
    lifetimes: Object.fromEntries(lifetimes.map(([key, lives]) => [key, lives.map(unpackLifetime)])),
  }
}
