import { type Command, Option } from 'commander'
import { z } from 'zod'
import { pageOf } from '../../api/pagination.ts'
import {
  quarantineCountSchema,
  quarantinedInFullSchema,
  quarantinedSchema,
  retryResultSchema,
} from '../../api/schemas/quarantine.ts'
import type { ApiClient } from '../api-client.ts'
import { CommandError, createOutput } from '../terminal/output.ts'
import { toSingleLine } from '../terminal/single-line.ts'
import { type ApiOptions, apiClientFor, withApiOptions } from './api-options.ts'
import { formatTime, parseLimit, parseTimeOrAge, timeOrAge, withExample } from './common.ts'

interface FilterOptions {
  reason?: string
  kind?: string
  device?: string
  metric?: string
  since?: string
  until?: string
}

interface ListOptions extends ApiOptions, FilterOptions {
  state: string
  limit: number
}

interface RetryOptions extends ApiOptions, FilterOptions {
  all: boolean
  dryRun: boolean
}

const pageSchema = pageOf(quarantinedSchema)
const countsSchema = z.object({ items: z.array(quarantineCountSchema) })
const maxPageSize = 500
/** Messages that stay in quarantine and are listed after a retry; the others are counted. */
const maxListedFailures = 20

/** Add the commands for quarantined messages of the running program. */
export function defineQuarantine(quarantine: Command): void {
  withExample(quarantine, 'forewarn quarantine list')
  const list = withFilters(quarantine.command('list'))
    .description('count quarantined messages by reason and kind, and list the newest')
    .addOption(
      new Option('--state <state>', 'which ones').choices(['waiting', 'done', 'all']).default('waiting'),
    )
    .option('--limit <n>', 'number of messages to list', parseLimit, 50)
    .action(runList)
  withApiOptions(list, 'forewarn quarantine list --reason unknown_metric --kind phone --since 24h')
  const show = quarantine
    .command('show')
    .description('show a quarantined message with its whole payload')
    .argument('<id>', 'id of the message (see list)')
    .action(runShow)
  withApiOptions(show, 'forewarn quarantine show 0b2c7a52-9d0f-4f0e-a3c5-3f1a4f6f2b11')
  const retry = withFilters(quarantine.command('retry'))
    .description('retry quarantined messages, oldest first, after their cause was fixed')
    .argument('[ids...]', 'ids of messages (see list)')
    .option('--all', 'all messages', false)
    .option('--dry-run', 'report what would become of them, and change nothing', false)
    .action(runRetry)
  withApiOptions(retry, 'forewarn quarantine retry --reason ts_future --dry-run')
}

function withFilters(command: Command): Command {
  return command
    .option('--reason <reason>', 'reason such as unknown_metric')
    .option('--kind <kind>', 'device kind')
    .option('--device <id>', 'device')
    .option('--metric <name>', 'metric of single rejected values')
    .option('--since <time>', `first time of receipt: ${timeOrAge}`, parseTimeOrAge)
    .option('--until <time>', 'last time of receipt', parseTimeOrAge)
}

function filterOf({ reason, kind, device, metric, since, until }: FilterOptions): Record<string, string> {
  const given = Object.entries({ reason, kind, device, metric, since, until })
  return Object.fromEntries(given.filter((pair): pair is [string, string] => pair[1] !== undefined))
}

async function runList(options: ListOptions): Promise<void> {
  const output = createOutput(options)
  const program = apiClientFor(options)
  const query = new URLSearchParams({ ...filterOf(options), state: options.state })
  const counts = (await program.get(`/api/quarantine/counts?${query}`, countsSchema)).items
  const items = await listNewest(program, query, options.limit)
  const total = counts.reduce((sum, { count }) => sum + count, 0)
  if (total === 0) output.line('nothing is in quarantine')
  for (const { reason, kind, count, oldest, newest } of counts) {
    output.line(`${count}  ${reason}  ${kind ?? '-'}  from ${formatTime(oldest)} to ${formatTime(newest)}`)
  }
  if (items.length > 0) output.line('')
  for (const { id, receivedAt, device, topic, metric, reason, detail, outcome } of items) {
    const subject = [device ?? topic, metric].filter((part) => part !== null).join(' ')
    const what = outcome === null ? reason : `${reason}, ${outcome} by a retry`
    output.line(
      `${id}  ${formatTime(receivedAt)}  ${toSingleLine(subject)}  ${what}: ${toSingleLine(detail)}`,
    )
  }
  if (total > items.length && items.length > 0) output.line(`and ${total - items.length} more; see --limit`)
  output.result({ counts, items })
}

async function listNewest(program: ApiClient, query: URLSearchParams, limit: number) {
  const items: z.output<typeof quarantinedSchema>[] = []
  for (let cursor: string | null = ''; cursor !== null && items.length < limit; ) {
    const size = Math.min(limit - items.length, maxPageSize)
    const path = `/api/quarantine?${query}&limit=${size}${cursor && `&cursor=${cursor}`}`
    const page: z.output<typeof pageSchema> = await program.get(path, pageSchema)
    items.push(...page.items)
    cursor = page.next
  }
  return items
}

async function runShow(id: string, options: ApiOptions): Promise<void> {
  const output = createOutput(options)
  const path = `/api/quarantine/${encodeURIComponent(id)}`
  const { payload, encoding, ...message } = await apiClientFor(options).get(path, quarantinedInFullSchema)
  for (const [name, value] of Object.entries(message)) {
    if (value !== null)
      output.line(`${name}: ${value instanceof Date ? value.toISOString() : toSingleLine(`${value}`)}`)
  }
  const isHex = encoding === 'base64' || /\p{Cc}/u.test(payload.replace(/[\t\r\n]/g, ''))
  const bytes = Buffer.from(payload, encoding === 'base64' ? 'base64' : 'utf8')
  output.line(isHex ? `payload, hexadecimal: ${bytes.toString('hex')}` : `payload:\n${payload}`)
  output.result({ ...message, payload, encoding })
}

type Retried = z.output<typeof retryResultSchema>['items'][number]

/** @throws CommandError when a given id does not wait for a retry */
async function runRetry(ids: string[], options: RetryOptions): Promise<void> {
  const output = createOutput(options)
  const filter = filterOf(options)
  const ways = [ids.length > 0, Object.keys(filter).length > 0, options.all].filter(Boolean).length
  if (ways !== 1) throw new CommandError('give ids of messages, or filters such as --reason, or --all')
  const items = await retryAll(apiClientFor(options), { ids, filter, dryRun: options.dryRun })
  const counts = { stored: 0, duplicate: 0, quarantined: 0, unknown: 0 }
  for (const { outcome } of items) counts[outcome] += 1
  const failures = items.filter(({ outcome }) => outcome === 'quarantined')
  for (const { id, reason, detail = '' } of failures.slice(0, maxListedFailures)) {
    output.line(`${id}  ${reason}: ${toSingleLine(detail)}`)
  }
  if (failures.length > maxListedFailures) output.line(`and ${failures.length - maxListedFailures} more`)
  const would = options.dryRun ? 'would be ' : ''
  output.line(
    `${items.length} retried: ${counts.stored} ${would}stored, ${counts.duplicate} duplicate, ${counts.quarantined} still quarantined`,
  )
  const result = { dryRun: options.dryRun, counts, items }
  if (counts.unknown > 0)
    throw new CommandError(`${counts.unknown} of ${items.length} do not wait in quarantine`, result)
  output.result(result)
}

interface RetryRequest {
  ids: readonly string[]
  filter: Record<string, string>
  dryRun: boolean
}

async function retryAll(program: ApiClient, { ids, filter, dryRun }: RetryRequest): Promise<Retried[]> {
  const groups: object[] = []
  for (let from = 0; from < ids.length; from += maxPageSize)
    groups.push({ ids: ids.slice(from, from + maxPageSize) })
  const items: Retried[] = []
  for (const group of groups.length > 0 ? groups : [filter]) {
    for (let cursor: string | null | undefined; cursor !== null; ) {
      const body = { ...group, dryRun, ...(cursor !== undefined && { cursor }) }
      const some: z.output<typeof retryResultSchema> = await program.post(
        '/api/quarantine/retry',
        body,
        retryResultSchema,
      )
      items.push(...some.items)
      cursor = some.next
    }
  }
  return items
}
