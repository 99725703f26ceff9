import { join } from 'node:path'
import type { Device } from '../../../contract/device.ts'
import type { Reading } from '../../../contract/reading.ts'
import { groupByColumn, numberCell, type Row, readOptionalTable, readTable, timeCell } from '../csv.ts'

/** A phone as it announced itself, and its readings, oldest first. */
export interface RecordedPhone {
  device: Device
  readings: readonly Reading[]
}

/** Read the phones of `phone_battery`. @throws FieldDataError when the readings are missing or malformed */
export async function readPhones(folder: string): Promise<RecordedPhone[]> {
  const readings = await readTable(join(folder, 'readings.csv'), ['unit', 'date', 'health_pct'])
  const units = groupByColumn(await readOptionalTable(join(folder, 'units.csv'), ['unit']), 'unit')
  return [...groupByColumn(readings, 'unit')].map(([unit, rows]) => {
    const attributes = units.get(unit)?.[0] ?? {}
    const model = attributes.model ?? rows[0]?.model
    const inUseSince = timeCell(attributes, 'battery_first_use')
    const device: Device = {
      id: unit,
      kind: 'phone',
      ...(model === undefined ? {} : { model }),
      ...(inUseSince === undefined ? {} : { inUseSince }),
    }
    return { device, readings: rows.flatMap((row) => readingOf(unit, row)).sort((a, b) => a.ts - b.ts) }
  })
}

function readingOf(device: string, row: Row): Reading[] {
  const [ts, health, cycles] = [
    timeCell(row, 'date'),
    numberCell(row, 'health_pct'),
    numberCell(row, 'cycle_count'),
  ]
  if (ts === undefined || health === undefined) return []
  const values = { battery_health_pct: health, ...(cycles === undefined ? {} : { battery_cycles: cycles }) }
  return [{ device, ts, values }]
}
