import { existsSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Reading } from '../../contract/reading.ts'
import { openRecords } from '../../store/records/open.ts'
import { createProjection } from '../../store/records/projection.ts'
import { openDuckDbSeries } from '../../store/series/duckdb/duckdb-series.ts'
import { phones, round, start } from './phones.ts'

const readingsPerWrite = 30_000

export interface FolderSize {
  devices: number
  readings: number
}

/** Fills a data folder as a program would that had received so much. One that is there already is taken as it is. */
export async function fillDataFolder(dir: string, { devices, readings }: FolderSize): Promise<void> {
  if (existsSync(dir)) return
  await mkdir(dir, { recursive: true })
  const fleet = phones(devices)
  const records = await openRecords({ dir: join(dir, 'records'), onError: fail })
  await createProjection(records.db).handle(
    fleet.map(({ device }) => ({ type: 'device', receivedAt: start, device })),
  )
  await records.close()
  const series = await openDuckDbSeries({ path: join(dir, 'series.duckdb') })
  let batch: Reading[] = []
  for (let n = 0, written = 0; n * devices < readings; n++) {
    batch.push(...round(fleet, n))
    if (batch.length < readingsPerWrite && (n + 1) * devices < readings) continue
    written += batch.length
    await series.write(batch, written)
    batch = []
  }
  await series.close()
}

function fail(error: Error): never {
  throw error
}
