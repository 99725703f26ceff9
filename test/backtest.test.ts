import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { chromium } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { dayMs } from '../lib/time.ts'
import { createRecordsProjection } from '../store/records/projection.ts'
import { openRecords } from '../store/records/records-store.ts'
import { openDuckDbSeries } from '../store/series/duckdb/duckdb-series.ts'
import { findExecutable } from './support/executables.ts'
import { freePort } from './support/ports.ts'
import { runCommand } from './support/run-command.ts'
import { startProgram } from './support/start-program.ts'

const start = Date.UTC(2026, 0, 1)
const phones = ['phone-1', 'phone-2', 'phone-3']

const rule = (below: number) => `rule: phone.battery_low
kind: phone
component: battery
detect: { threshold: { metric: battery_health_pct, below: ${below} } }
clear: ${below + 2}
severity: minor
then: { ticket: { sla: level3 } }
tests:
  - name: falls slowly
    series: { battery_health_pct: "90-0.2x60 every 1d" }
    expect: [{ at: 60d, finding: raised }]
`

interface Result {
  error?: string
  devices: number
  readings: number
  rules: { candidate: { raised: number }; live: { raised: number } }[]
  tickets: { gained: { device: string }[]; lost: object[]; moved: { device: string }[] }
}

describe('forewarn rules backtest', { timeout: 120_000 }, () => {
  let folder: string
  let env: Record<string, string>
  let candidate: string
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'forewarn-backtest-'))
    const catalog = join(folder, 'catalog')
    env = {
      FOREWARN_DATA_DIR: join(folder, 'data'),
      FOREWARN_RULES_CATALOG_DIR: catalog,
      FOREWARN_RULES_DISABLED: '*',
    }
    candidate = join(folder, 'candidate.yaml')
    await writeFile(candidate, rule(84))
    await mkdir(catalog)
    await writeFile(join(catalog, 'low.yaml'), rule(80.5))
    await fill(join(folder, 'data'))
  })
  afterAll(() => rm(folder, { recursive: true, force: true }))

  /** Three phones over 50 days: one ends at 80 %, one at 85 %, one at 92.5 %. */
  async function fill(dataDir: string): Promise<void> {
    await mkdir(dataDir)
    const records = await openRecords({ dir: join(dataDir, 'records'), onError: () => undefined })
    await createRecordsProjection(records.db).handle(
      phones.map((id) => ({ type: 'device', receivedAt: start, device: { id, kind: 'phone' } })),
    )
    await records.close()
    const series = await openDuckDbSeries({ path: join(dataDir, 'series.duckdb') })
    const readings = phones.flatMap((device, n) =>
      Array.from({ length: 50 }, (_, days) => ({
        device,
        ts: start + days * dayMs,
        values: { battery_health_pct: 95 - (days * 15) / 49 / (n === 2 ? 6 : 1 + n / 2) },
      })),
    )
    await series.write(readings, 0)
    await series.close()
  }

  const backtest = async (...args: string[]) => {
    const program = await runCommand(['rules', 'backtest', ...args, '--json'], env)
    return { program, result: program.result<Result>() }
  }

  const expected = {
    devices: 3,
    readings: 150,
    rules: [{ candidate: { raised: 1 }, live: { raised: 1 } }],
    tickets: { gained: [], lost: [], moved: [{ device: 'phone-1' }] },
  }

  it('replays what is in the data folder', async () => {
    const { program, result } = await backtest(candidate, '--against', 'live')
    expect(program.code, program.stderr).toBe(0)
    expect(result).toMatchObject(expected)
    expect(program.stderr).toContain(`from ${env.FOREWARN_DATA_DIR}`)
  })

  it('replays what a running program has, and finds the same', async () => {
    const port = String(await freePort())
    await startProgram({ ...env, FOREWARN_HTTP_PORT: port })
    const program = await runCommand(['rules', 'backtest', candidate, '--against', 'live', '--json'], {
      ...env,
      FOREWARN_HTTP_PORT: port,
    })
    expect(program.code, program.stderr).toBe(0)
    expect(program.result()).toMatchObject(expected)
    expect(program.stderr).toContain(`from http://127.0.0.1:${port}`)
  })

  it('keeps to the devices and the span that are asked for', async () => {
    const { result } = await backtest(candidate, '--devices', 'phone-2,phone-3')
    expect(result).toMatchObject({ devices: 2, rules: [{ candidate: { raised: 0 } }] })
    const { result: short } = await backtest(candidate, '--to', '2026-01-20', '--devices', 'kind:phone')
    expect(short).toMatchObject({ devices: 3, readings: 57, rules: [{ candidate: { raised: 0 } }] })
  })

  it.each([
    [['/nowhere.yaml'], '/nowhere.yaml:1:1: the file cannot be read'],
    [
      ['--devices', 'fone-1'],
      'none of the 3 devices in the history matches "fone-1"; did you mean "phone-1"?',
    ],
    [['--from', '2027-01-01'], 'nothing is stored from 2027-01-01'],
  ])('says what is wrong: %j', async (args, message) => {
    const { program, result } = await backtest(...(args[0]?.startsWith('/') ? [] : [candidate]), ...args)
    expect(program.code).toBe(1)
    expect(result.error).toContain(message)
    expect(program.stderr).not.toMatch(/^\s+at /m)
  })

  it('says where it looked when there is no history', async () => {
    const program = await runCommand(['rules', 'backtest', candidate], {
      ...env,
      FOREWARN_DATA_DIR: '/nowhere',
    })
    expect(program.code).toBe(1)
    expect(program.stderr).toContain('there is no history in /nowhere')
  })

  const executablePath = findExecutable('chromium')
  it.skipIf(!executablePath)('draws a page without external requests', async () => {
    const page = join(folder, 'page.html')
    const { program } = await backtest(candidate, '--against', 'live', '--html', page)
    expect(program.code, program.stderr).toBe(0)
    expect(await readFile(page, 'utf8')).toContain('phone-1')
    const browser = await chromium.launch({ executablePath: executablePath ?? '', args: ['--no-sandbox'] })
    onTestFinished(() => browser.close())
    const tab = await browser.newPage()
    const asked: string[] = []
    const complaints: string[] = []
    tab.on('request', (request) => asked.push(request.url()))
    tab.on('console', (message) => complaints.push(message.text()))
    tab.on('pageerror', (error) => complaints.push(error.message))
    await tab.goto(`file://${page}`)
    expect(await tab.locator('svg .mark').count()).toBe(2)
    expect(asked).toEqual([`file://${page}`])
    expect(complaints).toEqual([])
  })
})
