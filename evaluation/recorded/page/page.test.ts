import { chromium, type Page } from 'playwright-core'
import { describe, expect, it, onTestFinished } from 'vitest'
import { findPart } from '../../../test/support/parts.ts'
import { detectIn, motorBearing } from '../detection/detect.ts'
import { bearingEngine } from '../detection/watch.ts'
import { summaryOf } from '../summary.ts'
import { csv, folderWith } from '../testing/folder.ts'
import { fallingLife, runWith, scoredSet } from '../testing/lives.ts'
import { sharesOf } from './forecasts.ts'
import { pageOf } from './page.ts'

const executablePath = findPart('chromium')

async function madeUpPage(): Promise<string> {
  const runs = Array.from({ length: 30 }, (_, n) =>
    runWith(fallingLife(`unit <${n}>`), {
      forewarn: (at) => (at < 13 ? undefined : n / 10),
      linearWindow: () => 4,
    }),
  )
  const set = scoredSet(runs)
  const silent = scoredSet([runWith(fallingLife('silent'), { forewarn: () => undefined })])
  const snapshots = Array.from({ length: 200 }, (_, n) => ['B1', n, n < 150 ? 0.1 : 0.4, 0.1])
  const data = await folderWith({
    'motor_bearing/features_per_snapshot.csv': csv('bearing,snapshot,h_rms_g,v_rms_g', snapshots),
  })
  return pageOf({
    forecast: [set, silent].map((each) => ({ ...each, summary: summaryOf(each) })),
    detected: [await detectIn(motorBearing, data, await bearingEngine())],
  })
}

describe.skipIf(!executablePath)('the page', () => {
  async function shown(
    colorScheme: 'light' | 'dark',
    width: number,
  ): Promise<{ page: Page; complaints: string[] }> {
    const browser = await chromium.launch({ executablePath: executablePath ?? '', args: ['--no-sandbox'] })
    onTestFinished(() => browser.close())
    const page = await browser.newPage({ colorScheme, viewport: { width, height: 800 } })
    const complaints: string[] = []
    page.on('console', (message) => complaints.push(message.text()))
    page.on('pageerror', (error) => complaints.push(error.message))
    page.on('request', (request) => complaints.push(request.url()))
    await page.setContent(await madeUpPage())
    return { page, complaints }
  }

  it('asks for nothing, complains of nothing, and fits a phone', async () => {
    const { page, complaints } = await shown('light', 380)
    expect(complaints).toEqual([])
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(380)
  })

  it('draws a fan for each life, of many an even choice', async () => {
    const { page } = await shown('dark', 1200)
    const titles = await page.$$eval('.fans figcaption', (all) => all.map((each) => each.textContent))
    expect(titles).toHaveLength(25)
    expect(titles[0]).toBe('unit <0>')
    expect(await page.textContent('body')).toContain('24 of 30 lives')
    expect(await page.$$eval('.alarm', ({ length }) => length)).toBeGreaterThan(0)
  })

  it('is dark where the reader wants it dark', async () => {
    const background = async (scheme: 'light' | 'dark') => {
      const { page } = await shown(scheme, 800)
      return page.evaluate('getComputedStyle(document.body).backgroundColor')
    }
    expect(await background('dark')).not.toBe(await background('light'))
  })
})

it('calibration counts where the truth lay', () => {
  const at = { life: 'a', at: 0, lifetime: 100, event: 50 }
  const between = (p10: number, p50: number, p90: number) => ({
    ...at,
    answer: { is: 'date', p10, p50, p90 } as const,
  })
  const judged = [between(60, 70, 80), between(40, 60, 80), between(20, 40, 60), between(10, 20, 30)]
  expect(sharesOf(judged)).toEqual([0.25, 0.25, 0.25, 0.25])
  expect(sharesOf([{ ...at, answer: { is: 'withheld', why: 'too_uncertain' } }])).toBeUndefined()
})
