import { join } from 'node:path'
import { groupBy } from '../../../lib/group-by.ts'
import { hourMs } from '../../../lib/time.ts'
import { FieldDataError, type Row, readTable, timeCell } from '../csv.ts'
import { csvFilesIn } from '../folders.ts'
import type { DetectionDataset, MonitoredPart, RecordedDevice } from './monitored-part.ts'
import { readingsFromRows } from './readings-from-rows.ts'

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
  const channels = Object.keys(rows[0] ?? {}).flatMap((column) => channelOf(column) ?? [])
  if (channels.length === 0) throw new FieldDataError(`${file}: has no column such as bearing1c1`)
  const devices = new Map(
    [...groupBy(channels, ({ sensor }) => sensor)].map(([sensor, ofSensor]) => [
      sensor,
      shaftDevice(`${test}-${sensor}`, rows, ofSensor),
    ]),
  )
  return [...groupBy(channels, ({ bearing }) => bearing)].map(([bearing, ofBearing]) => ({
    unit: `${test} ${bearing}`,
    fails: damaged.includes(bearing),
    sensors: ofBearing.flatMap(({ column, sensor }) => {
      const device = devices.get(sensor)
      return device === undefined ? [] : { name: column, device, component: bearing }
    }),
  }))
}

interface Channel {
  column: string
  bearing: string
  /** The same name at each bearing; empty where a bearing has one sensor. */
  sensor: string
}

function channelOf(column: string): Channel | undefined {
  const [, bearing, sensor = ''] = /^(bearing\d+)(.*)$/.exec(column) ?? []
  return bearing === undefined ? undefined : { column, bearing, sensor }
}

/** Each sensor is compared with the same one at the other bearings. */
function shaftDevice(id: string, rows: readonly Row[], channels: readonly Channel[]): RecordedDevice {
  const columns = new Map(channels.map(({ bearing, column }) => [`${bearing}_g`, column]))
  const readings = readingsFromRows(rows, (row) => timeCell(row, 'time'), columns)
  return { id, kind: 'bearing_shaft', readings }
}
