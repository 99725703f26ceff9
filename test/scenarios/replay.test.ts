import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parse } from 'csv-parse/sync'
import { describe, expect, it } from 'vitest'
import { eventually } from '../support/program.ts'
import { runCommand } from '../support/run-command.ts'
import { startProgram } from '../support/start-program.ts'

const root = join(import.meta.dirname, '..', '..')
const folder = join(process.env.FIELD_DATA_DIR ?? join(root, '..', 'shared', 'field-data'), 'phone_battery')
const present = existsSync(folder)
if (!present) process.stderr.write(`\n*** NO FIELD DATA IN ${folder}: the replay of it is skipped ***\n`)

interface Report {
  units: number
  readings: number
  acked: number
}

interface Ticket {
  device: string
  openedAt: string
}

/** Unit → date of its first reading below 80 %, empty where there is none. */
async function truth(): Promise<Map<string, string>> {
  const rows = parse(await readFile(join(folder, 'units.csv')), { columns: true }) as Record<string, string>[]
  return new Map(rows.map((row) => [row.unit ?? '', row.first_reading_below_80 ?? '']))
}

async function replay(url: string): Promise<Report> {
  const map = join(root, 'device-sim', 'maps', 'phone-battery.yaml')
  const program = await runCommand([
    'replay',
    join(folder, 'readings.csv'),
    '--map',
    map,
    '--url',
    url,
    '--json',
  ])
  expect(program.code, program.stderr).toBe(0)
  return program.result<Report>()
}

async function ticketsAt(httpUrl: string): Promise<Ticket[]> {
  const page = (await (await fetch(`${httpUrl}/api/tickets?limit=100`)).json()) as { items: Ticket[] }
  return page.items.map(({ device, openedAt }) => ({ device, openedAt }))
}

async function counters(httpUrl: string): Promise<Record<string, number>> {
  const text = await (await fetch(`${httpUrl}/metrics`)).text()
  const metrics = /^forewarn_(?:(readings_\w+)|consumer_lag_entries\{consumer="(\w+)"\}) (\d+)$/gm
  return Object.fromEntries(
    [...text.matchAll(metrics)].map(([, name, consumer, value]) => [consumer ?? name, Number(value)]),
  )
}

describe.skipIf(!present)('phone batteries of real owners', () => {
  it('are stored once, and those that fell below 80 % get a ticket', { timeout: 90_000 }, async () => {
    const { httpUrl, mqttUrl } = await startProgram()
    const units = await truth()
    const report = await replay(mqttUrl)
    expect(report.units).toBe(units.size)
    expect(report.acked).toBe(report.readings)

    const fallen = [...units].filter(([, below]) => below !== '')
    const tickets = await eventually(async () => {
      const { series, rules, relay, readings_stored_total } = await counters(httpUrl)
      expect(readings_stored_total).toBe(report.readings)
      const items = await ticketsAt(httpUrl)
      return series === 0 && rules === 0 && relay === 0 && items.length >= fallen.length ? items : undefined
    })
    const opened = new Map(tickets.map(({ device, openedAt }) => [device, openedAt]))
    const ticketOf = ([unit]: [string, string]) => opened.get(unit.replaceAll(/[/+#\s]/g, '_'))
    expect(fallen.filter((unit) => ticketOf(unit) === undefined)).toEqual([])
    const early = fallen.filter((unit) => (ticketOf(unit) ?? '').slice(0, 10) < unit[1])
    expect(early.length).toBeGreaterThanOrEqual(fallen.length / 2)

    await replay(mqttUrl)
    const after = await counters(httpUrl)
    expect(after.readings_stored_total).toBe(report.readings)
    expect(after.readings_duplicate_total).toBe(report.readings)
    expect(await ticketsAt(httpUrl)).toEqual(tickets)
  })
})
