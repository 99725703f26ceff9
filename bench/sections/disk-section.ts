import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Reading } from '../../contract/reading.ts'
import { dayMs } from '../../lib/time.ts'
import { openLmdbJournal } from '../../store/journal/lmdb/lmdb-journal.ts'
import { openDuckDbSeries } from '../../store/series/duckdb/duckdb-series.ts'
import { openInfluxSeries } from '../../store/series/influx/influx-series.ts'
import type { SeriesStore } from '../../store/series/series.ts'
import { diskUsageBytes } from '../../test/load/process-metrics.ts'
import { findExecutable } from '../../test/support/executables.ts'
import { startInflux } from '../../test/support/influx.ts'
import { measureVacuum } from '../load/robot-vacuum.ts'
import { digits } from '../measure/format-table.ts'
import { note } from '../measure/note.ts'
import type { Section } from '../section.ts'
import { measureRecordsSize } from './records-size.ts'

/** A fleet that reports at one rate for a year: as many devices as make about as many readings. */
interface Fleet {
  readingsPerDay: number
  devices: number
}

interface DiskFigures extends Fleet {
  readings: number
  journalBytes: number
  duckDbBytes: number
  influxBytes: number | undefined
}

const days = 365
const fleets: readonly Fleet[] = [
  { readingsPerDay: 1, devices: 120 },
  { readingsPerDay: 24, devices: 6 },
  { readingsPerDay: 288, devices: 1 },
]
const start = Date.UTC(2025, 0, 1)
const readingsPerWrite = 5_000
const readingsPerCommit = 50
const journalReadings = 10_000
const settleMs = 8_000
const maxSettles = 15

/** Bytes of a reading with eight values, hours and days included, after a year. */
export const diskSection: Section = {
  name: 'disk',
  title: 'Bytes on disk of a reading of a robot vacuum (eight values), after a year',
  async run() {
    const figures: DiskFigures[] = []
    for (const fleet of fleets) {
      const readings = [...generateYear(fleet)]
      note(`${fleet.devices} devices, ${fleet.readingsPerDay} readings a day`)
      figures.push({
        ...fleet,
        readings: readings.length,
        journalBytes: await measureJournal(readings),
        duckDbBytes: await measureDuckDb(readings),
        influxBytes: await measureInflux(readings),
      })
    }
    const records = await measureRecordsSize()
    return toResult(figures, records)
  },
}

function* generateYear({ readingsPerDay, devices }: Fleet): Iterable<Reading> {
  const stepMs = dayMs / readingsPerDay
  for (let n = 0; n < days * readingsPerDay; n++) {
    for (let device = 0; device < devices; device++) {
      const ts = Math.round(start + n * stepMs + (device * stepMs) / devices)
      const values = JSON.parse(measureVacuum(device, (n * stepMs) / dayMs, n)) as Record<string, number>
      yield { device: `bench-${device}`, ts, values, boot: 1, seq: n }
    }
  }
}

/** Commits of 50 readings, as under some load: a commit has the names of fields once. */
async function measureJournal(all: readonly Reading[]): Promise<number> {
  const readings = all.slice(0, journalReadings)
  const dir = await mkdtemp(join(tmpdir(), 'forewarn-bench-disk-'))
  const journal = await openLmdbJournal({ dir, maxBytes: 2 ** 33, keepEntries: journalReadings })
  for (let from = 0; from < readings.length; from += readingsPerCommit) {
    const entries = readings
      .slice(from, from + readingsPerCommit)
      .map((reading) => ({ type: 'reading' as const, receivedAt: reading.ts, reading }))
    await journal.append('telemetry', entries)
  }
  const { bytes } = await journal.info()
  await journal.close()
  await rm(dir, { recursive: true })
  return bytes / readings.length
}

async function writeAll(series: SeriesStore, readings: readonly Reading[]): Promise<void> {
  for (let from = 0; from < readings.length; from += readingsPerWrite) {
    const some = readings.slice(from, from + readingsPerWrite)
    await series.write(some, from + some.length)
  }
}

async function measureDuckDb(readings: readonly Reading[]): Promise<number> {
  const dir = await mkdtemp(join(tmpdir(), 'forewarn-bench-disk-'))
  const series = await openDuckDbSeries({ path: join(dir, 'series.duckdb') })
  await writeAll(series, readings)
  await series.close()
  const bytes = await diskUsageBytes(dir)
  await rm(dir, { recursive: true })
  return bytes / readings.length
}

/** InfluxDB compresses what has been written when it has had rest for a while: here soon. */
async function measureInflux(readings: readonly Reading[]): Promise<number | undefined> {
  const executable = findExecutable('influxd')
  if (executable === undefined) return undefined
  const influx = await startInflux(executable, {
    INFLUXDB_DATA_CACHE_SNAPSHOT_WRITE_COLD_DURATION: '2s',
    INFLUXDB_DATA_COMPACT_FULL_WRITE_COLD_DURATION: '4s',
  })
  const series = await openInfluxSeries({ url: influx.url, bucket: 'forewarn', now: Date.now })
  await writeAll(series, readings)
  await series.close()
  const bytes = await awaitStableBytes(influx.url)
  await influx.stop()
  return bytes / readings.length
}

/** Wait until InfluxDB has compressed what it can, at most two minutes. */
async function awaitStableBytes(url: string): Promise<number> {
  let bytes = await readShardBytes(url)
  for (let n = 0; n < maxSettles; n++) {
    await sleep(settleMs)
    const before = bytes
    bytes = await readShardBytes(url)
    if (bytes === before) break
  }
  return bytes
}

async function readShardBytes(url: string): Promise<number> {
  const response = await fetch(`${url}/query?q=${encodeURIComponent(`SHOW STATS FOR 'shard'`)}`)
  const { results } = (await response.json()) as {
    results: { series: { columns: string[]; values: unknown[][] }[] }[]
  }
  const series = results[0]?.series ?? []
  return series.reduce(
    (sum, { columns, values }) => sum + Number(values[0]?.[columns.indexOf('diskBytes')] ?? 0),
    0,
  )
}

function toResult(
  figures: readonly DiskFigures[],
  { findings, tables }: Awaited<ReturnType<typeof measureRecordsSize>>,
) {
  const gigabytes = (bytes: number | undefined, { readingsPerDay }: Fleet, devices: number) =>
    digits(((bytes ?? Number.NaN) * readingsPerDay * days * devices) / 1e9)
  return {
    tables: [
      {
        title: 'Bytes a reading; hours and days included',
        columns: ['readings a day', 'journal', 'DuckDB', 'InfluxDB 1'],
        rows: figures.map((each) => [
          each.readingsPerDay,
          digits(each.journalBytes),
          digits(each.duckDbBytes),
          digits(each.influxBytes),
        ]),
      },
      {
        title: 'Gigabytes of series in a year',
        columns: [
          'readings a day',
          '1,000 devices, DuckDB',
          'InfluxDB 1',
          '100,000 devices, DuckDB',
          'InfluxDB 1',
        ],
        rows: figures.map((each) => [
          each.readingsPerDay,
          ...[1_000, 100_000].flatMap((devices) => [
            gigabytes(each.duckDbBytes, each, devices),
            gigabytes(each.influxBytes, each, devices),
          ]),
        ]),
      },
      {
        title: `Records of ${findings} phones with a finding, a ticket and a notice each; indexes included`,
        columns: ['table', 'rows', 'bytes a row', 'bytes a phone'],
        rows: tables.map(({ table, rows, bytes }) => [
          table,
          rows,
          digits(bytes / rows),
          digits(bytes / findings),
        ]),
      },
    ],
    notes: figures.map(({ devices, readings }) => `${readings} readings of ${devices} devices were written`),
    data: { figures, tables },
  }
}
