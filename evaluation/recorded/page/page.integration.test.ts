import { chromium, type Page } from 'playwright-core'
import { describe, expect, it, onTestFinished } from 'vitest'
import { findExecutable } from '../../../test/support/executables.ts'
import { detectInDataset } from '../detection/detect.ts'
import { motorBearing } from '../detection/motor-bearing.ts'
import { createBearingEngine } from '../detection/replay-alarms.ts'
import { summarizeDataset } from '../summary.ts'
import { csv, temporaryFolder } from '../testing/folder.ts'
import { decliningLifetime, runWith, scoredDataset } from '../testing/lifetimes.ts'
import { renderScorePage } from './page.tsx'
import { calibrationShares } from './prognosis-section.tsx'

const executablePath = findExecutable('chromium')

async function madeUpPage(): Promise<string> {
  const runs = Array.from({ length: 30 }, (_, n) =>
    runWith(decliningLifetime(`unit <${n}>`), {
      forewarn: (at) => (at < 13 ? undefined : n / 10),
      linearWindow: () => 4,
    }),
  )
  const set = scoredDataset(runs)
  const silent = scoredDataset([runWith(decliningLifetime('silent'), { forewarn: () => undefined })])
  const snapshots = Array.from({ length: 200 }, (_, n) => ['B1', n, n < 150 ? 0.1 : 0.4, 0.1, 3, 3])
  const data = await temporaryFolder({
    'motor_bearing/features_per_snapshot.csv': csv(
      'bearing,snapshot,h_rms_g,v_rms_g,h_kurtosis,v_kurtosis',
      snapshots,
    ),
  })
  return renderScorePage({
    forecast: [set, silent].map((each) => ({ ...each, summary: summarizeDataset(each) })),
    detected: [await detectInDataset(motorBearing, data, await createBearingEngine())],
  })
}

describe.skipIf(!executablePath)('the page', () => {
  async function shown(
    colorScheme: 'light' | 'dark',
    width: number,
  ): Promise<{ page: Page; messages: string[] }> {
    const browser = await chromium.launch({ executablePath: executablePath ?? '', args: ['--no-sandbox'] })
    onTestFinished(() => browser.close())
    const page = await browser.newPage({ colorScheme, viewport: { width, height: 800 } })
    const messages: string[] = []
    page.on('console', (message) => messages.push(message.text()))
    page.on('pageerror', (error) => messages.push(error.message))
    page.on('request', (request) => messages.push(request.url()))
    await page.setContent(await madeUpPage())
    return { page, messages }
  }

  it('loads nothing, logs nothing, and fits a phone', async () => {
    const { page, messages } = await shown('light', 380)
    expect(messages).toEqual([])
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(380)
  })

  it('draws a fan for each lifetime, and of many an even choice', async () => {
    const { page } = await shown('dark', 1200)
    const titles = await page.$$eval('.fans figcaption', (all) => all.map((each) => each.textContent))
    expect(titles).toHaveLength(25)
    expect(titles[0]).toBe('unit <0>')
    expect(await page.textContent('body')).toContain('24 of 30 lifetimes')
    expect(await page.$$eval('.alarm', ({ length }) => length)).toBeGreaterThan(0)
  })

  it('follows the colour scheme of the reader', async () => {
    const background = async (scheme: 'light' | 'dark') => {
      const { page } = await shown(scheme, 800)
      return page.evaluate('getComputedStyle(document.body).backgroundColor')
    }
    expect(await background('dark')).not.toBe(await background('light'))
  })
})

it('calibration counts true dates by interval', () => {
  const at = { unit: 'a', lifetimeId: 'a', forecastAt: 0, lifetimeMs: 100, event: 50 }
  const between = (p10: number, p50: number, p90: number) => ({
    ...at,
    answer: { is: 'date', p10, p50, p90 } as const,
  })
  const scored = [between(60, 70, 80), between(40, 60, 80), between(20, 40, 60), between(10, 20, 30)]
  expect(calibrationShares(scored)).toEqual([0.25, 0.25, 0.25, 0.25])
  expect(calibrationShares([{ ...at, answer: { is: 'withheld', why: 'too_uncertain' } }])).toBeUndefined()
})
