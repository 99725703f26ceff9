import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { findExecutable } from '../../test/support/executables.ts'
import { startInflux } from '../../test/support/influx.ts'
import { loadSettings } from '../settings/load.ts'
import { openSeries } from './open-series.ts'

const executable = findExecutable('influxd')

async function settingsOf(env: Record<string, string>) {
  const cwd = await mkdtemp(join(tmpdir(), 'forewarn-open-series-'))
  onTestFinished(() => rm(cwd, { recursive: true }))
  return { cwd, settings: loadSettings({ env: { FOREWARN_DATA_DIR: cwd, ...env }, cwd }).settings }
}

it('opens a file of the data folder where nothing else is named', async () => {
  const { cwd, settings } = await settingsOf({})
  const series = await openSeries(settings, Date.now)
  await series.close()
  expect(existsSync(join(cwd, 'series.duckdb'))).toBe(true)
})

it.skipIf(!executable)('opens the InfluxDB that is named', async () => {
  const influx = await startInflux(executable ?? '')
  onTestFinished(() => influx.stop())
  const { cwd, settings } = await settingsOf({ INFLUX_URL: influx.url, INFLUX_BUCKET: 'home' })
  const series = await openSeries(settings, Date.now)
  await series.write([{ device: 'a', ts: 1_760_000_000_000, values: { x: 1 } }], 1)
  await series.close()
  expect(existsSync(join(cwd, 'series.duckdb'))).toBe(false)
  const reopened = await openSeries(settings, Date.now)
  expect([await reopened.cursor(), await reopened.count()]).toEqual([1, 1])
  await reopened.close()
})

it('takes no address with a password in it', async () => {
  await expect(settingsOf({ INFLUX_URL: 'http://ada:hunter2@host:8086' })).rejects.toThrow(/INFLUX_TOKEN/)
  await expect(settingsOf({ INFLUX_URL: 'http://ada:hunter2@host:8086' })).rejects.not.toThrow(/hunter2/)
})
