import { chromium } from 'playwright-core'
import { describe, expect, it, onTestFinished } from 'vitest'
import { findExecutable } from './support/executables.ts'
import { startProgram } from './support/start-program.ts'

const executablePath = findExecutable('chromium')

describe.skipIf(!executablePath)('the page of the API', () => {
  it('shows every route, without errors and external requests', { timeout: 90_000 }, async () => {
    const { httpUrl } = await startProgram()
    const browser = await chromium.launch({ executablePath: executablePath ?? '', args: ['--no-sandbox'] })
    onTestFinished(() => browser.close())
    const page = await browser.newPage()
    const complaints: string[] = []
    const hosts = new Set<string>()
    page.on('console', (message) => {
      if (message.type() === 'error') complaints.push(message.text())
    })
    page.on('pageerror', (error) => complaints.push(error.message))
    page.on('request', (request) => {
      if (!request.url().startsWith('data:')) hosts.add(new URL(request.url()).origin)
    })

    await page.goto(`${httpUrl}/docs`)
    await page.waitForSelector('.opblock-summary-path')
    const shown = await page.$$eval('.opblock-summary', (summaries) =>
      summaries.map((summary) => {
        const text = (part: string) => summary.querySelector(`.opblock-summary-${part}`)
        return `${text('method')?.textContent} ${text('path')?.getAttribute('data-path')}`
      }),
    )
    const document = (await (await fetch(`${httpUrl}/openapi.json`)).json()) as {
      paths: Record<string, object>
    }
    const routes = Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
    )
    expect(shown.toSorted()).toEqual(routes.toSorted())
    expect(shown).toContain('GET /api/tickets/{id}')
    expect(complaints).toEqual([])
    expect([...hosts]).toEqual([httpUrl])
  })
})
