import type { Command } from 'commander'
import type { z } from 'zod'
import { ruleHistorySchema, ruleListSchema, shadowComparisonSchema } from '../../api/schemas/rule.ts'
import { formatDuration } from '../../lib/duration.ts'
import { createOutput, type Output } from '../terminal/output.ts'
import { type ApiOptions, apiClientFor, withApiOptions } from './api-options.ts'

type Rule = z.output<typeof ruleListSchema>['rules'][number]
type Comparison = z.output<typeof shadowComparisonSchema>

/** Limit of the listed alarms of each kind; the JSON has all. */
const maxListedAlarms = 20

/** Add the commands that report on the live rule set of the running program. */
export function addRuleReports(rules: Command): void {
  const list = rules
    .command('list')
    .description('list the live and shadow rules of the running program')
    .action(runList)
  withApiOptions(list, 'forewarn rules list')
  const compare = rules
    .command('compare')
    .description('compare a shadow rule with the live version')
    .argument('<name>', 'name of the rule')
    .action(runCompare)
  withApiOptions(compare, 'forewarn rules compare robot_vacuum.battery_worn')
  const history = rules
    .command('history')
    .description('show the versions and status changes of a rule')
    .argument('<name>', 'name of the rule')
    .action(runHistory)
  withApiOptions(history, 'forewarn rules history robot_vacuum.battery_worn')
}

async function runList(options: ApiOptions): Promise<void> {
  const output = createOutput(options)
  const list = await apiClientFor(options).get('/api/rules', ruleListSchema)
  const width = Math.max(0, ...list.rules.map(({ name }) => name.length))
  for (const rule of list.rules) output.line(`${rule.name.padEnd(width)}  ${describeRule(rule)}`)
  output.result(list)
}

function describeRule({ version, status, since, by, trial }: Rule): string {
  const what = status === 'live' ? 'live' : 'on trial'
  const from = since === null ? '' : ` since ${formatTime(since)}${by === null ? '' : ` by ${by}`}`
  return `${version}  ${what}${from}${trial === null ? '' : `: ${describeCounts(trial)}`}`
}

function describeCounts({ onlyLive, onlyShadow, both, medianLeadMs }: Comparison['counts']): string {
  const lead = medianLeadMs === null ? '' : ` (${describeLeadTime(medianLeadMs)} in the median)`
  return `${onlyShadow} alarms more, ${onlyLive} fewer, ${both} the same${lead}`
}

function describeLeadTime(ms: number): string {
  if (ms === 0) return 'at the same time'
  return `${formatDuration(Math.abs(ms))} ${ms > 0 ? 'earlier' : 'later'}`
}

async function runCompare(name: string, options: ApiOptions): Promise<void> {
  const output = createOutput(options)
  const path = `/api/rules/${encodeURIComponent(name)}/comparison`
  const compared = await apiClientFor(options).get(path, shadowComparisonSchema)
  const { rule, version, against, since, until, counts, onlyLive, onlyShadow, both } = compared
  const span = `${formatTime(since)} to ${until === null ? 'now' : formatTime(until)}`
  output.line(`${rule} ${version} on trial against ${against ?? 'no live version'}, ${span}`)
  output.line(describeCounts(counts))
  const place = ({ device, component, at }: Comparison['onlyLive'][number]) =>
    `${device} ${component}, ${formatTime(at)}`
  printAlarms('more', onlyShadow.map(place), output)
  printAlarms('fewer', onlyLive.map(place), output)
  printAlarms(
    'the same',
    both.map((alarm) => `${place(alarm)}, ${describeLeadTime(alarm.leadMs)}`),
    output,
  )
  output.result(compared)
}

function printAlarms(head: string, alarms: readonly string[], output: Output): void {
  if (alarms.length === 0) return
  output.line(`${head}:`)
  for (const alarm of alarms.slice(0, maxListedAlarms)) output.line(`  ${alarm}`)
  if (alarms.length > maxListedAlarms)
    output.line(`  and ${alarms.length - maxListedAlarms} others, see --json`)
}

async function runHistory(name: string, options: ApiOptions): Promise<void> {
  const output = createOutput(options)
  const path = `/api/rules/${encodeURIComponent(name)}/history`
  const history = await apiClientFor(options).get(path, ruleHistorySchema)
  for (const { at, version, became, why, by } of history.changes) {
    output.line(`${formatTime(at)}  ${version}  ${became === 'shadow' ? 'on trial' : became} (${why}, ${by})`)
  }
  output.result(history)
}

/** Format a time as `2026-05-01 12:00`, UTC. */
function formatTime(at: Date): string {
  return at.toISOString().slice(0, 16).replace('T', ' ')
}
