import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { DuckDBInstance } from '@duckdb/node-api'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Random } from '../../../device-sim/random.ts'
import { dayMs, hourMs } from '../../../lib/time.ts'
import { describeSeriesConformance } from '../series.conformance.ts'
import { SeriesLockedError } from '../series.ts'
import type { SeriesFixture } from '../testing/series-fixture.ts'
import { type DuckDbSeriesOptions, openDuckDbSeries } from './duckdb-series.ts'

async function openFixture(options: Partial<DuckDbSeriesOptions>): Promise<SeriesFixture> {
  const dir = await mkdtemp(join(tmpdir(), 'forewarn-series-'))
  const path = join(dir, 'series.duckdb')
  let series = await openDuckDbSeries({ path, ...options })
  return {
    series,
    async reopen() {
      await series.close()
      series = await openDuckDbSeries({ path, ...options })
      return series
    },
    async destroy() {
      await series.close()
      await rm(dir, { recursive: true })
    },
  }
}

describeSeriesConformance('DuckDB, all in order of arrival,', () => openFixture({ maxHotRows: 1_000_000 }))
describeSeriesConformance('DuckDB, all sorted, and scanned in small parts,', () =>
  openFixture({ maxHotRows: 1, valuesPerSlice: 100 }),
)

describe('DuckDB series in its file', () => {
  let dir: string
  let path: string
  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'forewarn-series-'))
    path = join(dir, 'series.duckdb')
  })
  afterEach(() => rm(dir, { recursive: true }))

  /** Start a process that floods the file; resolve with the last cursor it acknowledged before it was killed. */
  async function writeUntilKilled(cursor: number): Promise<number> {
    const script = fileURLToPath(new URL('../testing/flood.ts', import.meta.url))
    const child = spawn(process.execPath, ['--import', 'tsx', script, path], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const lines = createInterface({ input: child.stdout })
    const ended = Promise.all([once(child, 'exit'), once(lines, 'close')])
    let acknowledged = 0
    lines.on('line', (line) => {
      acknowledged = Number(line)
      if (acknowledged >= cursor) child.kill('SIGKILL')
    })
    await ended
    return acknowledged
  }

  it('has after kill -9 exactly what its cursor says, and that is all that was acknowledged', async () => {
    let before = 0
    for (const further of [100, 1_300, 2_900]) {
      const acknowledged = await writeUntilKilled(before + further)
      const series = await openDuckDbSeries({ path })
      const cursor = await series.cursor()
      expect(cursor).toBeGreaterThanOrEqual(acknowledged)
      expect(await series.count()).toBe(cursor * 2)
      const query = { device: 'device-3', metric: 'n', from: 0, to: cursor, points: 1 }
      const [all] = await series.query(query)
      expect(all?.count).toBe(Math.floor((cursor + 3) / 7))
      await series.close()
      before = cursor
    }
  })

  it('is refused to a second process by name', async () => {
    const series = await openDuckDbSeries({ path })
    expect(await openElsewhere('flood.ts')).toContain(SeriesLockedError.name)
    await series.close()
  })

  it('is still refused to a second process after it was copied', async () => {
    const series = await openDuckDbSeries({ path })
    await series.copyTo?.(`${path}.copy`)
    expect(await openElsewhere('read.ts')).toContain(SeriesLockedError.name)
    await series.close()
  })

  /** Open the file in another process. @returns its standard error */
  async function openElsewhere(script: 'flood.ts' | 'read.ts'): Promise<string> {
    const program = fileURLToPath(new URL(`../testing/${script}`, import.meta.url))
    const child = spawn(process.execPath, ['--import', 'tsx', program, path], {
      stdio: ['ignore', 'ignore', 'pipe'],
    })
    let said = ''
    child.stderr.on('data', (text) => {
      said += text
    })
    await once(child, 'close')
    return said
  }

  it('says why a copy failed', async () => {
    const series = await openDuckDbSeries({ path })
    await expect(series.copyTo?.(join(dir, 'missing', 'copy'))).rejects.toThrow(/could not be copied: ENOENT/)
    await series.close()
  })

  it('keeps nothing of a write that fails, and takes the next one', async () => {
    const series = await openDuckDbSeries({ path })
    await series.write([{ device: 'a', ts: 1, values: { x: 1 } }], 1)
    const readings = [
      { device: 'a', ts: 1, values: { x: 2, y: 2 } },
      { device: 'b', ts: 1.5, values: { x: 2 } },
    ]
    await expect(series.write(readings, 3)).rejects.toThrow(RangeError)
    expect(await series.cursor()).toBe(1)
    expect(await series.latest('a')).toEqual(new Map([['x', { ts: 1, value: 1 }]]))
    await series.write(readings.slice(0, 1), 2)
    expect(await series.count()).toBe(2)
    await series.close()
    const reopened = await openDuckDbSeries({ path })
    expect([...(await reopened.latest('a')).keys()].sort()).toEqual(['x', 'y'])
    expect(await reopened.latest('b')).toEqual(new Map())
    await reopened.close()
  })

  it('can be read by several at once while no one writes', async () => {
    const series = await openDuckDbSeries({ path })
    await series.write([{ device: 'a', ts: 1, values: { x: 1 } }], 1)
    await series.close()
    const reader = await openDuckDbSeries({ path, readOnly: true })
    expect(await reader.extent()).toEqual({ first: 1, last: 1 })
    const script = fileURLToPath(new URL('../testing/read.ts', import.meta.url))
    const child = spawn(process.execPath, ['--import', 'tsx', script, path], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    let said = ''
    child.stdout.on('data', (text) => {
      said += text
    })
    await once(child, 'close')
    expect(said).toBe('1\n')
    await reader.close()
  })

  it('takes a file that knew no partitions, hours and days', async () => {
    const instance = await DuckDBInstance.create(path)
    const connection = await instance.connect()
    await connection.run(`
      CREATE TABLE progress (cursor BIGINT); INSERT INTO progress VALUES (41);
      CREATE TABLE series (id INTEGER, device VARCHAR, metric VARCHAR); INSERT INTO series VALUES (0, 'a', 'x');
      CREATE TABLE hot (series INTEGER, ts BIGINT, value DOUBLE); INSERT INTO hot VALUES (0, 7200000, 6);
      CREATE TABLE cold (series INTEGER, ts BIGINT, value DOUBLE); INSERT INTO cold VALUES (0, 1, 1), (0, 2, 3)`)
    connection.closeSync()
    instance.closeSync()
    const series = await openDuckDbSeries({ path })
    expect(await series.cursor()).toBe(41)
    await series.write([], 42)
    expect(await series.cursor()).toBe(42)
    expect(await series.cursor(1)).toBe(0)
    const query = { device: 'a', metric: 'x', from: 0, to: dayMs, points: 24 }
    expect(await series.query(query)).toEqual([
      { ts: 0, min: 1, mean: 2, max: 3, count: 2 },
      { ts: 7_200_000, min: 6, mean: 6, max: 6, count: 1 },
    ])
    await series.close()
  })

  it('sorts and rolls up its values in the least memory that can be set', async () => {
    const series = await openDuckDbSeries({ path, memoryBytes: 32 * 2 ** 20 })
    const random = new Random(1)
    for (let batch = 1; batch <= 55; batch++) {
      // Each value in an hour of its own, which takes the most.
      const readings = Array.from({ length: 4_000 }, (_, n) => ({
        device: `d-${n % 100}`,
        ts: Math.floor((40 * batch + n / 100 + random.between(0, 0.9)) * hourMs),
        values: Object.fromEntries(['a', 'b', 'c', 'd', 'e'].map((metric) => [metric, random.between(0, 1)])),
      }))
      await series.write(readings, batch)
    }
    expect(await series.count()).toBe(1_100_000)
    await series.close()
  })

  it('keeps a series without a file', async () => {
    const series = await openDuckDbSeries({ path: ':memory:' })
    await series.write([{ device: 'a', ts: 1, values: { x: 1 } }], 1)
    expect(await series.count()).toBe(1)
    await series.close()
  })
})
