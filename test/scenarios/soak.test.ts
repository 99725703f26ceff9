import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { chromium } from 'playwright-core'
import { expect, it, onTestFinished } from 'vitest'
import type { Sample } from '../soak/sample.ts'
import type { SoakVerdict } from '../soak/verdict.ts'
import { findExecutable } from '../support/executables.ts'

const main = join(import.meta.dirname, '..', 'soak', 'main.ts')

interface Result extends SoakVerdict {
  received: number
  chart: string
  numbers: string
}

/** Whether it grew is nothing that some seconds can tell: the exit code is left to long runs. */
async function runSoak(args: readonly string[]): Promise<Result> {
  const command = ['--import', 'tsx', main, '--json', ...args]
  const { stdout } = await promisify(execFile)(process.execPath, command).catch((error) => {
    if (error.code === 1 && error.stdout !== '') return error as { stdout: string }
    throw error
  })
  return JSON.parse(stdout)
}

it('samples the program under load, evaluates and draws it', { timeout: 120_000 }, async () => {
  const folder = await mkdtemp(join(tmpdir(), 'forewarn-soak-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  const chart = join(folder, 'soak.svg')
  const size = ['--minutes', '0.15', '--rate', '60', '--devices', '20']
  const result = await runSoak([...size, '--chart', chart])

  expect(result.received).toBeGreaterThan(0)
  expect(Object.keys(result.findings)).toEqual(
    expect.arrayContaining(['memory', 'heapFloor', 'handles', 'lag']),
  )
  const { samples } = JSON.parse(await readFile(result.numbers, 'utf8')) as { samples: Sample[] }
  expect(samples.length).toBeGreaterThan(2)
  const last = samples.at(-1)
  expect(last?.stored).toBeGreaterThan(0)
  expect(last?.handles).toBeGreaterThan(20)
  expect(Object.keys(last?.lag ?? {})).toEqual(
    expect.arrayContaining(['series', 'rules', 'records', 'relay']),
  )

  const executablePath = findExecutable('chromium')
  if (executablePath === undefined) return
  const browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] })
  onTestFinished(() => browser.close())
  const page = await browser.newPage()
  await page.setContent(await readFile(chart, 'utf8'))
  const drawn = await page.$$eval('svg polyline.line', (lines) =>
    lines.map((line) => line.getAttribute('points') ?? ''),
  )
  expect(drawn.length).toBeGreaterThan(12)
  expect(drawn.filter((points) => points.includes('NaN') || points.includes('Infinity'))).toEqual([])
})
