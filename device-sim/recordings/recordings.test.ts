import { join } from 'node:path'
import { expect, it } from 'vitest'
import { readMap } from '../replay/map-file.ts'
import { readRecording } from '../replay/recording.ts'

const here = import.meta.dirname

it.each([
  ['phones.csv', join(here, '../maps/phone-battery.yaml'), 3, 'battery_health_pct'],
  ['vacuums.csv', join(here, 'vacuums.yaml'), 2, 'filter_dp_pa'],
])('every row of %s is a reading by its map', async (file, map, units, metric) => {
  const recording = await readRecording([join(here, file)], await readMap(map), Date.UTC(2027, 0, 1))
  expect(recording).toMatchObject({ skippedRows: 0, unreadable: [] })
  expect(recording.readings.length).toBeGreaterThan(200)
  expect(new Set(recording.readings.map(({ device }) => device)).size).toBe(units)
  expect(recording.readings.every(({ values }) => values[metric] !== undefined)).toBe(true)
})
