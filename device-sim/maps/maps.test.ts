import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { readMap } from '../replay/map-file.ts'
import { readRecording } from '../replay/recording.ts'

const here = fileURLToPath(new URL('.', import.meta.url))
const fieldData = process.env.FIELD_DATA_DIR ?? join(here, '../../../shared/field-data')
const present = existsSync(fieldData)
if (!present) process.stderr.write(`\n*** NO FIELD DATA AT ${fieldData}: the maps are not tried on it ***\n`)

/** The expected result of each map on its recording: counts, and the first and last reading of one unit. */
const expected = {
  'phone-battery.yaml': {
    file: 'phone_battery/readings.csv',
    units: 38,
    readings: 736,
    skipped: 3,
    unit: 'iPhone14Pro-01',
    first: ['2022-10-25T00:00:00.000Z', { battery_health_pct: 100 }],
    last: ['2026-07-15T00:00:00.000Z', { battery_health_pct: 77 }],
  },
  'laptop-battery.yaml': {
    file: 'laptop_battery/macbook_air_2012_daily.csv',
    units: 1,
    readings: 358,
    skipped: 0,
    unit: 'laptop-macbook-air-2012',
    first: ['2012-08-14T00:00:00.000Z', { battery_health_pct: 99.22, battery_cycles: 2 }],
    last: ['2013-08-15T00:00:00.000Z', { battery_health_pct: 84.24, battery_cycles: 224 }],
  },
  'nasa-battery.yaml': {
    file: 'nasa_battery/capacity_per_discharge.csv',
    units: 2,
    readings: 336,
    skipped: 1999,
    unit: 'nasa-B0005',
    first: ['2025-10-03T00:00:00.000Z', { battery_health_pct: 92.82435 }],
    last: ['2026-09-02T00:00:00.000Z', { battery_health_pct: 66.25395 }],
  },
  'calce-battery.yaml': {
    file: 'calce_battery/capacity_per_cycle.csv',
    units: 2,
    readings: 1909,
    skipped: 57,
    unit: 'calce-CS2_35',
    first: ['2023-11-02T00:00:00.000Z', { battery_health_pct: 103.4954545, battery_cycles: 1 }],
    last: ['2026-05-19T00:00:00.000Z', { battery_health_pct: 27.60454545, battery_cycles: 930 }],
  },
  'air-filter.yaml': {
    file: 'air_filter/runs_1hz.csv',
    units: 80,
    readings: 10_001,
    skipped: 0,
    unit: 'air-filter-1',
    first: ['2026-05-01T00:00:00.000Z', { filter_dp_pa: 0.57 }],
    last: ['2026-08-09T12:00:00.000Z', { filter_dp_pa: 597.1 }],
  },
  'liquid-filter.yaml': {
    file: 'liquid_filter/runs_1hz.csv',
    units: 24,
    readings: 6_257,
    skipped: 26,
    unit: 'liquid-filter-1',
    first: ['2026-05-01T00:00:00.000Z', { filter_dp_pa: 9.207 }],
    last: ['2026-08-17T00:00:00.000Z', { filter_dp_pa: 458.493 }],
  },
  'motor-bearing.yaml': {
    file: 'motor_bearing/features_per_snapshot.csv',
    units: 6,
    readings: 7_534,
    skipped: 0,
    unit: 'motor-bearing-Bearing1_1',
    first: ['2026-03-01T01:40:00.000Z', { drum_vibration_g: 0.56173 }],
    last: ['2026-09-11T15:40:00.000Z', { drum_vibration_g: 5.60534 }],
  },
  'ims-bearing.yaml': {
    file: 'ims_bearing/test1_meanabs.csv',
    units: 8,
    readings: 17_248,
    skipped: 0,
    unit: 'ims-bearing1-x',
    first: ['2003-10-22T12:06:24.000Z', { drum_vibration_g: 0.52074 }],
    last: ['2003-11-25T23:39:56.000Z', { drum_vibration_g: 0.71007 }],
  },
  'motor-ageing.yaml': {
    file: 'motor_ageing/features_per_cycle.csv',
    units: 5,
    readings: 129,
    skipped: 0,
    unit: 'aged-motor-1',
    first: ['2026-05-06T00:00:00.000Z', { drum_vibration_g: 0.75125 }],
    last: ['2026-07-30T00:00:00.000Z', { drum_vibration_g: 0.5895 }],
  },
} as const

describe('the maps', () => {
  it('are each tested on their recording', () => {
    const maps = readdirSync(here).filter((file) => file.endsWith('.yaml'))
    expect(Object.keys(expected).toSorted()).toEqual(maps.toSorted())
  })

  describe.skipIf(!present).each(Object.entries(expected))('%s', (name, sample) => {
    it('reads its whole recording', async () => {
      const mapFile = await readMap(join(here, name))
      const recording = await readRecording([join(fieldData, sample.file)], mapFile, Date.UTC(2026, 10, 15))
      expect(recording.unreadable).toEqual([])
      expect(recording.skippedRows).toBe(sample.skipped)
      expect(recording.readings).toHaveLength(sample.readings)
      expect(new Set(recording.readings.map(({ device }) => device)).size).toBe(sample.units)
      const own = recording.readings
        .filter(({ device }) => device === sample.unit)
        .map(({ ts, values }) => [new Date(ts).toISOString(), values])
      expect(own[0]).toEqual(sample.first)
      expect(own.at(-1)).toEqual(sample.last)
    })
  })
})
