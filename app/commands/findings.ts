import { type Command, Option } from 'commander'
import type { z } from 'zod'
import { pageOf } from '../../api/pagination.ts'
import { findingDetailSchema, findingEpisodeSchema, findingStates } from '../../api/schemas/finding.ts'
import { severities } from '../../api/schemas/ticket.ts'
import type { ApiClient } from '../api-client.ts'
import { createOutput } from '../terminal/output.ts'
import { toSingleLine } from '../terminal/single-line.ts'
import { type ApiOptions, apiClientFor, withApiOptions } from './api-options.ts'
import { formatTime, parseLimit, parseTimeOrAge, timeOrAge, withExample } from './common.ts'

const filterNames = [
  'device',
  'kind',
  'model',
  'rule',
  'component',
  'severity',
  'state',
  'from',
  'until',
] as const

type FilterOptions = Partial<Record<(typeof filterNames)[number], string>>

interface ListOptions extends ApiOptions, FilterOptions {
  active: boolean
  shadow?: boolean
  limit: number
}

type Episode = z.output<typeof findingEpisodeSchema>
const pageSchema = pageOf(findingEpisodeSchema)
const maxPageSize = 500

/** Add the commands for findings of the running program. */
export function defineFindings(findings: Command): void {
  withExample(findings, 'forewarn findings list --active')
  const list = findings
    .command('list')
    .description('list findings, newest first')
    .option('--device <id>', 'device')
    .option('--kind <kind>', 'device kind')
    .option('--model <model>', 'device model')
    .option('--rule <rule>', 'rule')
    .option('--component <component>', 'component')
    .addOption(new Option('--severity <severity>', 'newest severity').choices(severities))
    .addOption(new Option('--state <state>', 'state').choices(findingStates))
    .option('--active', 'only those that were not cleared', false)
    .option('--shadow', 'only those of shadow rules')
    .option('--no-shadow', 'without those of shadow rules')
    .option('--from <time>', `raised from: ${timeOrAge}`, parseTimeOrAge)
    .option('--until <time>', 'raised before', parseTimeOrAge)
    .option('--limit <n>', 'number of findings to list', parseLimit, 50)
    .action(runList)
  withApiOptions(list, 'forewarn findings list --active --severity critical --kind phone')
  const show = findings
    .command('show')
    .description('show a finding with its evidence and history')
    .argument('<id>', 'id of the finding (see list)')
    .action(runShow)
  withApiOptions(show, 'forewarn findings show f-0123456789abcdef0123')
}

function toQuery({ active, shadow, ...options }: ListOptions): URLSearchParams {
  const given = filterNames.map((name) => [name, options[name]] as const)
  return new URLSearchParams({
    ...Object.fromEntries(
      given.filter((pair): pair is [(typeof filterNames)[number], string] => pair[1] !== undefined),
    ),
    ...(active && { active: 'true' }),
    ...(shadow !== undefined && { shadow: `${shadow}` }),
  })
}

async function runList(options: ListOptions): Promise<void> {
  const output = createOutput(options)
  const { items, total } = await listNewest(apiClientFor(options), toQuery(options), options.limit)
  for (const finding of items) output.line(toLine(finding))
  if (total === 0) output.line('no findings')
  else if (total > items.length) output.line(`and ${total - items.length} more; see --limit`)
  output.result({ total, items })
}

async function listNewest(program: ApiClient, query: URLSearchParams, limit: number) {
  const items: Episode[] = []
  let total = 0
  for (let cursor: string | null = ''; cursor !== null && (items.length < limit || cursor === ''); ) {
    const size = Math.min(Math.max(limit - items.length, 1), maxPageSize)
    const path = `/api/findings?${query}&limit=${size}${cursor === '' ? '&total=true' : `&cursor=${cursor}`}`
    const page: z.output<typeof pageSchema> = await program.get(path, pageSchema)
    items.push(...page.items)
    total = page.total ?? total
    cursor = page.next
  }
  return { items: items.slice(0, limit), total }
}

function toLine(finding: Episode): string {
  const { id, device, component, rule, severity, state, shadow, raisedAt, ticket, notice } = finding
  const facts = [
    id,
    formatTime(raisedAt),
    severity,
    state,
    toSingleLine(`${device} ${component}`),
    rule,
    ...(shadow ? ['shadow'] : []),
    ...(ticket === null ? [] : [ticket.number]),
    ...(notice === null ? [] : [`notice ${notice.state}`]),
  ]
  return facts.join('  ')
}

async function runShow(id: string, options: ApiOptions): Promise<void> {
  const output = createOutput(options)
  const path = `/api/findings/${encodeURIComponent(id)}`
  const finding = await apiClientFor(options).get(path, findingDetailSchema)
  const { evidence, history, ticket, notice, ...fields } = finding
  const { points, ...numbers } = evidence
  const named = {
    ...fields,
    ticket: ticket?.number ?? null,
    notice: notice === null ? null : [notice.state, notice.id].filter((part) => part !== null).join(' '),
  }
  for (const [name, value] of Object.entries(named)) if (value !== null) output.line(toField(name, value))
  output.line('evidence:')
  for (const [name, value] of Object.entries(numbers)) output.line(`  ${toField(name, value)}`)
  output.line(`  points: ${points.length}`)
  output.line('history:')
  for (const { at, state, severity } of history) output.line(`  ${formatTime(at)}  ${state}  ${severity}`)
  output.result(finding)
}

function toField(name: string, value: unknown): string {
  if (value instanceof Date) return `${name}: ${formatTime(value)}`
  return `${name}: ${toSingleLine(typeof value === 'object' ? JSON.stringify(value) : `${value}`)}`
}
