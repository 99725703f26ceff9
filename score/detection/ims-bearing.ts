import { join } from 'node:path'
import { FieldDataError, numberIn, type Row, readTable, timeIn } from '../csv.ts'
import { csvFilesIn } from '../folders.ts'
import { groupBy } from '../group-by.ts'
import { pointsIn } from '../sets/points-in.ts'
import type { DetectionSet, WatchedPart } from './watched.ts'

/** Found damaged when the test was ended. */
const failed = ['bearing3', 'bearing4']

/** Four bearings of one shaft, two sensors each, until the rig was stopped. */
export const imsBearing: DetectionSet = {
  name: 'ims_bearing',
  title: 'Bearings of one shaft, ten minutes a reading',
  time: { name: 'Hours', ms: 3_600_000 },
  async read(folder) {
    const files = await csvFilesIn(folder)
    return (await Promise.all(files.map((file) => readTest(join(folder, file))))).flat()
  },
}

async function readTest(file: string): Promise<WatchedPart[]> {
  const rows = await readTable(file, ['time'])
  const channels = Object.keys(rows[0] ?? {}).filter((column) => column !== 'time')
  const bearings = groupBy(channels, (channel) => /^bearing\d+/.exec(channel)?.[0])
  if (bearings.size === 0) throw new FieldDataError(`${file}: has no column such as bearing1c1`)
  return [...bearings].map(([unit, names]) => ({
    unit,
    fails: failed.includes(unit),
    sensors: names.map((name) => ({ name, points: pointsOf(rows, name) })),
  }))
}

const pointsOf = (rows: readonly Row[], channel: string) =>
  pointsIn(rows, (row) => [timeIn(row, 'time'), numberIn(row, channel)])
