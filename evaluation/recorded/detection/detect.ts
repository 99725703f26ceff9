import { join } from 'node:path'
import type { Engine } from '../../../rules/engine/engine.ts'
import { groupByColumn, numberCell, type Row, readTable } from '../csv.ts'
import { secondUnit } from '../sets/filter-run.ts'
import { pointsFromRows } from '../sets/points-from-rows.ts'
import { imsBearing } from './ims-bearing.ts'
import type { DetectionDataset, MonitoredPart } from './monitored-part.ts'
import { type AlarmInterval, replayAlarms } from './replay-alarms.ts'

const sensors = ['h_rms_g', 'v_rms_g']
/** By the number of the snapshot: the clock of one record jumps by a day. */
const snapshotMs = 10 * secondUnit.ms

/** Bearings that a motor drives under a load far too high, until they fail. */
export const motorBearing: DetectionDataset = {
  name: 'motor_bearing',
  title: 'Motor-driven bearings to failure, ten seconds a reading',
  time: secondUnit,
  async read(folder) {
    const columns = ['bearing', 'snapshot', ...sensors]
    const rows = await readTable(join(folder, 'features_per_snapshot.csv'), columns)
    return [...groupByColumn(rows, 'bearing')].map(([unit, snapshots]) => ({
      unit,
      fails: true,
      sensors: sensors.map((name) => ({
        name,
        points: pointsFromRows(snapshots, (row) => [timeOf(row), numberCell(row, name)]),
      })),
    }))
  },
}

function timeOf(row: Row): number | undefined {
  const snapshot = numberCell(row, 'snapshot')
  return snapshot === undefined ? undefined : snapshot * snapshotMs
}

/** The sets that alarms are scored on: a new set is one line here. */
export const detectionDatasets: readonly DetectionDataset[] = [imsBearing, motorBearing]

export interface PartDetection {
  part: MonitoredPart
  /** By the sensor's name, in order. */
  alarms: ReadonlyMap<string, readonly AlarmInterval[]>
  begin: number
  end: number
  /** When the first alarm of any of its sensors was raised that stood to the end. */
  firstLastingAlarmAt: number | undefined
}

export interface DetectionResult {
  dataset: DetectionDataset
  parts: readonly PartDetection[]
}

/** @throws FieldDataError where a file is not what it should be */
export async function detectInDataset(
  set: DetectionDataset,
  data: string,
  engine: Engine,
): Promise<DetectionResult> {
  const parts = await set.read(join(data, set.name))
  return { dataset: set, parts: parts.map((part) => detectOnPart(part, engine)) }
}

function detectOnPart(part: MonitoredPart, engine: Engine): PartDetection {
  const alarms = new Map(
    part.sensors.map(({ name, points }) => [name, replayAlarms(engine, `${part.unit}-${name}`, points)]),
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
    firstLastingAlarmAt: standing.length > 0 ? Math.min(...standing.map(({ from }) => from)) : undefined,
  }
}
