import { join } from 'node:path'
import { byColumn, numberIn, type Row, readTable } from '../csv.ts'
import { seconds } from '../sets/filter-run.ts'
import { pointsIn } from '../sets/points-in.ts'
import type { DetectionSet } from './watched.ts'

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
