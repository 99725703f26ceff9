import { writeFile } from 'node:fs/promises'
import { type Command, InvalidArgumentError } from 'commander'
import { z } from 'zod'
import { type LifetimeReport, lifetimeReportSchema } from '../../desk/lifetimes/lifetime-report.ts'
import { lifetimeRows, lifetimeTitle } from '../../desk/lifetimes/lifetime-rows.ts'
import { lifetimesFromFile } from '../../desk/lifetimes/lifetimes-from-file.ts'
import { CommandError, createOutput } from '../terminal/output.ts'
import { type ApiOptions, apiClientFor, withApiOptions } from './api-options.ts'

interface LifetimeOptions extends ApiOptions {
  kind?: string
  model?: string
  component?: string
  plannedCost?: number
  failureCost?: number
  file?: string
  repairs?: string
  html?: string
}

export function defineLifetimes(command: Command): void {
  command
    .option('--kind <kind>', 'only devices of this kind (with --file: this set)')
    .option('--model <model>', 'only devices of this model (with --file: this cohort)')
    .option('--component <component>', 'only this component')
    .option('--planned-cost <cost>', 'cost of a planned replacement, for the cheapest age', parseCost)
    .option('--failure-cost <cost>', 'cost of a failure and its repair', parseCost)
    .option('--file <csv>', 'table of lifetimes instead of the running program: unit, time, failed, …')
    .option('--repairs <csv>', 'table of repairs, with --file: unit, time, event (start, repair, end)')
    .option('--html <file>', 'write an HTML page with survival curves')
    .action(runLifetimes)
  withApiOptions(command, 'forewarn lifetimes --kind robot_vacuum --html lifetimes.html')
}

function parseCost(text: string): number {
  const cost = Number(text)
  if (text.trim() !== '' && cost > 0 && Number.isFinite(cost)) return cost
  throw new InvalidArgumentError('Give an amount above 0, in the same currency for both costs.')
}

async function runLifetimes(options: LifetimeOptions): Promise<void> {
  const output = createOutput(options)
  const reports = await loadReports(options)
  for (const report of reports) {
    const rows = lifetimeRows(report)
    const wide = Math.max(...rows.map(([name]) => name.length))
    output.line(lifetimeTitle(report))
    for (const [name, value] of rows) output.line(`  ${name.padEnd(wide)}  ${value}`)
    output.line('')
  }
  if (reports.length === 0) output.line('no part was replaced, and none had a fault')
  if (options.html !== undefined) {
    const { renderLifetimePage } = await import('../../desk/lifetimes/lifetime-page.tsx')
    await writeFile(options.html, renderLifetimePage(reports))
    output.note(`drawn in ${options.html}`)
  }
  output.result({ lifetimes: reports })
}

const responseSchema = z.object({ items: z.array(lifetimeReportSchema) })

async function loadReports(options: LifetimeOptions): Promise<LifetimeReport[]> {
  const { kind, model, component, plannedCost, failureCost, file, repairs } = options
  if ((plannedCost === undefined) !== (failureCost === undefined))
    throw new CommandError('give both --planned-cost and --failure-cost, or neither')
  if (file === undefined) {
    if (repairs !== undefined) throw new CommandError('--repairs needs --file')
    const given = Object.entries({ kind, model, component, plannedCost, failureCost }).flatMap(
      ([name, value]): [string, string][] => (value === undefined ? [] : [[name, String(value)]]),
    )
    const { items } = await apiClientFor(options).get(
      `/api/lifetimes?${new URLSearchParams(given)}`,
      responseSchema,
    )
    return items
  }
  const costs =
    plannedCost === undefined || failureCost === undefined
      ? undefined
      : { planned: plannedCost, failure: failureCost }
  const all = await lifetimesFromFile({ lifetimes: file, repairs }, costs)
  return all.filter(
    (report) =>
      (kind === undefined || report.kind === kind) && (model === undefined || report.model === model),
  )
}
