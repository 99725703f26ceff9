import { createInterface } from 'node:readline/promises'
import type { Command } from 'commander'
import type { z } from 'zod'
import { pageOf } from '../../api/pagination.ts'
import { deadLetterOutcomeSchema, deadLetterSchema } from '../../api/schemas/dead-letter.ts'
import { type ApiClient, ApiProblemError } from '../api-client.ts'
import { CommandError, createOutput } from '../terminal/output.ts'
import { toSingleLine } from '../terminal/single-line.ts'
import type { Terminal } from '../terminal/terminal.ts'
import { type ApiOptions, apiClientFor, withApiOptions } from './api-options.ts'
import { withExample } from './common.ts'

const pageSchema = pageOf(deadLetterSchema)
type DeadLetter = z.output<typeof pageSchema>['items'][number]

interface SelectionOptions extends ApiOptions {
  all: boolean
}

interface DropOptions extends SelectionOptions {
  yes: boolean
}

/** Concurrent requests. */
const concurrency = 20
const pageSize = 500

/** Add the commands for dead letters of the running program. */
export function defineDeadLetters(letters: Command): void {
  withExample(letters, 'forewarn dead-letters list')
  const list = letters.command('list').description('list dead letters, newest first').action(runList)
  withApiOptions(list, 'forewarn dead-letters list')
  const retry = letters
    .command('retry')
    .description('retry dead letters in their consumer or queue')
    .argument('[ids...]', 'dead letter ids (see list)')
    .option('--all', 'all dead letters', false)
    .action(runRetry)
  withApiOptions(retry, 'forewarn dead-letters retry records:4711')
  const drop = letters
    .command('drop')
    .description('delete dead letters permanently')
    .argument('[ids...]', 'dead letter ids (see list)')
    .option('--all', 'all dead letters', false)
    .option('--yes', 'skip the confirmation', false)
    .action(runDrop)
  withApiOptions(drop, 'forewarn dead-letters drop findings:f-0123456789abcdef0123')
}

async function runList(options: ApiOptions): Promise<void> {
  const output = createOutput(options)
  const letters = await listAll(apiClientFor(options))
  for (const { id, at, device, attempts, error } of letters) {
    const when = at.toISOString().slice(0, 19).replace('T', ' ')
    output.line(`${id}  ${when}  ${device ?? '-'}  ${attempts} attempts: ${toSingleLine(error)}`)
  }
  if (letters.length === 0) output.line('no dead letters')
  output.result({ deadLetters: letters })
}

async function runRetry(ids: string[], options: SelectionOptions): Promise<void> {
  const program = apiClientFor(options)
  const chosen = await selectIds(ids, options, program)
  await requestAll(chosen, options, (path) => program.post(`${path}/retry`, {}, deadLetterOutcomeSchema))
}

async function runDrop(ids: string[], options: DropOptions): Promise<void> {
  const program = apiClientFor(options)
  const chosen = await selectIds(ids, options, program)
  if (chosen.length > 0 && !options.yes) await confirm(chosen.length, options.terminal)
  await requestAll(chosen, options, (path) => program.delete(path, deadLetterOutcomeSchema))
}

async function selectIds(ids: string[], { all }: SelectionOptions, program: ApiClient): Promise<string[]> {
  if (all === ids.length > 0) throw new CommandError('give the ids of dead letters, or --all')
  return all ? (await listAll(program)).map(({ id }) => id) : ids
}

async function listAll(program: ApiClient): Promise<DeadLetter[]> {
  const letters: DeadLetter[] = []
  for (let cursor: string | null = ''; cursor !== null; ) {
    const path = `/api/dead-letters?limit=${pageSize}${cursor && `&cursor=${cursor}`}`
    const page: z.output<typeof pageSchema> = await program.get(path, pageSchema)
    letters.push(...page.items)
    cursor = page.next
  }
  return letters
}

/** Ask for confirmation. @throws CommandError when the answer is not yes, or without an interactive terminal */
async function confirm(count: number, { isInteractive }: Terminal): Promise<void> {
  if (!isInteractive) throw new CommandError('dropping is permanent; confirm with --yes')
  const terminal = createInterface({ input: process.stdin, output: process.stderr })
  const answer = await terminal.question(`Forget ${count} dead letters for ever? [yes/no] `)
  terminal.close()
  if (answer.trim().toLowerCase() !== 'yes') throw new CommandError('nothing was dropped')
}

type Outcome = z.output<typeof deadLetterOutcomeSchema>
type RequestResult = { id: string; outcome: Outcome['outcome'] | 'unknown'; error?: string | undefined }

/** @throws CommandError when some could not be retried, or do not exist */
async function requestAll(
  ids: readonly string[],
  options: ApiOptions,
  request: (path: string) => Promise<Outcome>,
): Promise<void> {
  const output = createOutput(options)
  const results: RequestResult[] = []
  for (let from = 0; from < ids.length; from += concurrency) {
    const some = ids.slice(from, from + concurrency)
    results.push(...(await Promise.all(some.map((id) => requestOne(id, request)))))
    for (const { id, outcome, error } of results.slice(from)) {
      output.line(`${id}  ${outcomeLabels[outcome]}${error === undefined ? '' : `: ${toSingleLine(error)}`}`)
    }
  }
  const missed = results.filter(({ outcome }) => outcome === 'failed' || outcome === 'unknown').length
  if (missed > 0) throw new CommandError(`${missed} of ${ids.length} not done`, { deadLetters: results })
  output.result({ deadLetters: results })
}

const outcomeLabels: Record<RequestResult['outcome'], string> = {
  settled: 'is done with',
  queued: 'is tried again',
  failed: 'failed again',
  waiting: 'waits until its consumer can go on',
  unknown: 'resolved',
}

async function requestOne(id: string, ask: (path: string) => Promise<Outcome>): Promise<RequestResult> {
  try {
    return { id, ...(await ask(`/api/dead-letters/${encodeURIComponent(id)}`)) }
  } catch (error) {
    if (error instanceof ApiProblemError && error.problem.code === 'dead_letter_not_found') {
      return { id, outcome: 'unknown' }
    }
    throw error
  }
}
