import { join } from 'node:path'
import type { Engine } from '../../../rules/engine/engine.ts'
import { byColumn, numberIn, type Row, readTable } from '../csv.ts'
import { seconds } from '../sets/filter-run.ts'
import { pointsIn } from '../sets/points-in.ts'
import { imsBearing } from './ims-bearing.ts'
import { type Alarm, alarmsOf } from './watch.ts'
import type { DetectionSet, WatchedPart } from './watched.ts'

const sensors = ['h_rms_g', 'v_rms_g']
/** By the number of the snapshot: the clock of one record jumps by a day. */
const snapshotMs = 10 * seconds.ms

/** Bearings that a motor drives under a load far too high, until they fail. */
export const motorBearing: DetectionSet = {
  name: 'motor_bearing',
  title: 'Motor-driven bearings to failure, ten seconds a reading',
  time: seconds,
  async read(folder) {
    const columns = ['bearing', 'snapshot', ...sensors]
    const rows = await readTable(join(folder, 'features_per_snapshot.csv'), columns)
    return [...byColumn(rows, 'bearing')].map(([unit, snapshots]) => ({
      unit,
      fails: true,
      sensors: sensors.map((name) => ({
        name,
        points: pointsIn(snapshots, (row) => [timeOf(row), numberIn(row, name)]),
      })),
    }))
  },
}

function timeOf(row: Row): number | undefined {
  const snapshot = numberIn(row, 'snapshot')
  return snapshot === undefined ? undefined : snapshot * snapshotMs
}

/** The sets that alarms are scored on: a new set is one line here. */
export const detectionSets: readonly DetectionSet[] = [imsBearing, motorBearing]

export interface DetectedPart {
  part: WatchedPart
  /** By the sensor's name, in order. */
  alarms: ReadonlyMap<string, readonly Alarm[]>
  begin: number
  end: number
  /** When the first alarm of any of its sensors was raised that stood to the end. */
  standing: number | undefined
}

export interface DetectedSet {
  set: DetectionSet
  parts: readonly DetectedPart[]
}

/** @throws FieldDataError where a file is not what it should be */
export async function detectIn(set: DetectionSet, data: string, engine: Engine): Promise<DetectedSet> {
  const parts = await set.read(join(data, set.name))
  return { set, parts: parts.map((part) => detect(part, engine)) }
}

function detect(part: WatchedPart, engine: Engine): DetectedPart {
  const alarms = new Map(
    part.sensors.map(({ name, points }) => [name, alarmsOf(engine, `${part.unit}-${name}`, points)]),
  )
  const times = part.sensors
    .flatMap(({ points }) => [points[0], points.at(-1)])
    .flatMap((point) => point?.[0] ?? [])
  const standing = [...alarms.values()].flat().filter(({ until }) => until === undefined)
  return {
    part,
    alarms,
    begin: Math.min(...times),
    end: Math.max(...times),
    standing: standing.length > 0 ? Math.min(...standing.map(({ from }) => from)) : undefined,
  }
}
