import { join } from 'node:path'
import { groupByColumn, numberCell, type Row, readTable } from '../csv.ts'
import { secondUnit } from '../sets/filter-run.ts'
import type { DetectionDataset } from './monitored-part.ts'
import { readingsFromRows } from './readings-from-rows.ts'

const metrics = ['h_rms_g', 'v_rms_g', 'h_kurtosis', 'v_kurtosis']
/** Time is counted in snapshots: the clock of one record jumps by a day. */
const snapshotMs = 10 * secondUnit.ms

/** Motor-driven bearings under overload until they fail. */
export const motorBearing: DetectionDataset = {
  name: 'motor_bearing',
  title: 'Motor-driven bearings to failure, ten seconds a reading',
  time: secondUnit,
  async read(folder) {
    const columns = ['bearing', 'snapshot', ...metrics]
    const rows = await readTable(join(folder, 'features_per_snapshot.csv'), columns)
    return [...groupByColumn(rows, 'bearing')].map(([unit, snapshots]) => {
      const readings = readingsFromRows(snapshots, timeOf, new Map(metrics.map((metric) => [metric, metric])))
      const device = { id: unit, kind: 'motor_bearing', readings }
      return { unit, fails: true, sensors: [{ name: 'both axes', device, component: 'bearing' }] }
    })
  },
}

function timeOf(row: Row): number | undefined {
  const snapshot = numberCell(row, 'snapshot')
  return snapshot === undefined ? undefined : snapshot * snapshotMs
}
