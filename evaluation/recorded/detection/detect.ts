import { join } from 'node:path'
import type { Engine } from '../../../rules/engine/engine.ts'
import { groupByColumn, numberCell, type Row, readTable } from '../csv.ts'
import { secondUnit } from '../sets/filter-run.ts'
import { pointsFromRows } from '../sets/points-from-rows.ts'
import { imsBearing } from './ims-bearing.ts'
import type { DetectionDataset, MonitoredPart } from './monitored-part.ts'
import { type AlarmInterval, replayAlarms } from './replay-alarms.ts'

const sensors = ['h_rms_g', 'v_rms_g']
/** Time is counted in snapshots: the clock of one record jumps by a day. */
const snapshotMs = 10 * secondUnit.ms

/** Motor-driven bearings under overload until they fail. */
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

/** Datasets with alarms to score: a new dataset is one line here. */
export const detectionDatasets: readonly DetectionDataset[] = [imsBearing, motorBearing]

export interface PartDetection {
  part: MonitoredPart
  /** Alarms by name of the sensor, in the order of time. */
  alarms: ReadonlyMap<string, readonly AlarmInterval[]>
  begin: number
  end: number
  /** When the first alarm that is active at the end was raised, by any sensor, ms. */
  firstLastingAlarmAt: number | undefined
}

export interface DetectionResult {
  dataset: DetectionDataset
  parts: readonly PartDetection[]
}

/** Replay a dataset through the engine. @throws FieldDataError when a file is missing or malformed */
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
  const active = [...alarms.values()].flat().filter(({ until }) => until === undefined)
  return {
    part,
    alarms,
    begin: Math.min(...times),
    end: Math.max(...times),
    firstLastingAlarmAt: active.length > 0 ? Math.min(...active.map(({ from }) => from)) : undefined,
  }
}
