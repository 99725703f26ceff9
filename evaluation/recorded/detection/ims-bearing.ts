import { join } from 'node:path'
import { hourMs } from '../../../lib/time.ts'
import { FieldDataError, numberCell, type Row, readTable, timeCell } from '../csv.ts'
import { csvFilesIn } from '../folders.ts'
import { groupBy } from '../group-by.ts'
import { pointsFromRows } from '../sets/points-from-rows.ts'
import type { DetectionDataset, MonitoredPart } from './monitored-part.ts'

/** Bearings found damaged at the end of each test, as the source states. */
const failed: Readonly<Record<string, readonly string[]>> = {
  test1: ['bearing3', 'bearing4'],
  test2: ['bearing1'],
  test3: ['bearing3'],
}

/** Four bearings of one shaft, with up to two sensors each, until the rig was stopped. */
export const imsBearing: DetectionDataset = {
  name: 'ims_bearing',
  title: 'Bearings of one shaft, ten minutes a reading',
  time: { name: 'Hours', ms: hourMs },
  async read(folder) {
    const files = await csvFilesIn(folder)
    return (await Promise.all(files.map((file) => readTest(folder, file)))).flat()
  },
}

async function readTest(folder: string, name: string): Promise<MonitoredPart[]> {
  const file = join(folder, name)
  const test = /^[^_.]*/.exec(name)?.[0] ?? ''
  const damaged = failed[test]
  if (damaged === undefined)
    throw new FieldDataError(
      `${file}: it is not known which bearings failed in ${test}; known tests: ${Object.keys(failed).join(', ')}`,
    )
  const rows = await readTable(file, ['time'])
  const channels = Object.keys(rows[0] ?? {})
  const bearings = groupBy(channels, (channel) => /^bearing\d+/.exec(channel)?.[0])
  if (bearings.size === 0) throw new FieldDataError(`${file}: has no column such as bearing1c1`)
  return [...bearings].map(([bearing, sensors]) => ({
    unit: `${test} ${bearing}`,
    fails: damaged.includes(bearing),
    sensors: sensors.map((sensor) => ({ name: sensor, points: pointsOf(rows, sensor) })),
  }))
}

const pointsOf = (rows: readonly Row[], channel: string) =>
  pointsFromRows(rows, (row) => [timeCell(row, 'time'), numberCell(row, channel)])
