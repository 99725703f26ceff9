import { createInterface } from 'node:readline/promises'
import type { Command } from 'commander'
import type { z } from 'zod'
import { pageOf } from '../../api/page.ts'
import { deadLetterSchema, outcomeSchema } from '../../api/schemas/dead-letter.ts'
import { RefusedError, type RunningProgram } from '../running-program.ts'
import { oneLine } from '../terminal/one-line.ts'
import { CommandError, createOutput } from '../terminal/output.ts'
import { withExample } from './common.ts'
import { type ProgramOptions, programFor, withProgramOptions } from './program-options.ts'

const pageSchema = pageOf(deadLetterSchema)
type DeadLetter = z.output<typeof pageSchema>['items'][number]

interface ChosenOptions extends ProgramOptions {
  all: boolean
}

interface DropOptions extends ChosenOptions {
  yes: boolean
}

/** So many are asked for at the same time. */
const atOnce = 20
const pageSize = 500

/** The commands for what the running program could not handle. */
export function addDeadLetters(program: Command): void {
  const letters = program
    .command('dead-letters')
    .description('what the running program could not handle: list it, have it handled again, forget it')
  withExample(letters, 'forewarn dead-letters list')
  const list = letters.command('list').description('what could not be handled, newest first').action(runList)
  withProgramOptions(list, 'forewarn dead-letters list')
  const retry = letters
    .command('retry')
    .description('have it handled again, by whoever could not')
    .argument('[ids...]', 'ids, as the list has them')
    .option('--all', 'all there are', false)
    .action(runRetry)
  withProgramOptions(retry, 'forewarn dead-letters retry records:4711')
  const drop = letters
    .command('drop')
    .description('forget it for ever')
    .argument('[ids...]', 'ids, as the list has them')
    .option('--all', 'all there are', false)
    .option('--yes', 'do not ask', false)
    .action(runDrop)
  withProgramOptions(drop, 'forewarn dead-letters drop findings:f-0123456789abcdef0123')
}

async function runList(options: ProgramOptions): Promise<void> {
  const output = createOutput(options.json)
  const letters = await listAll(programFor(options))
  for (const { id, at, device, attempts, error } of letters) {
    const when = at.toISOString().slice(0, 19).replace('T', ' ')
    output.line(`${id}  ${when}  ${device ?? '-'}  ${attempts} attempts: ${oneLine(error)}`)
  }
  if (letters.length === 0) output.line('nothing: all that came could be handled')
  output.result({ deadLetters: letters })
}

async function runRetry(ids: string[], options: ChosenOptions): Promise<void> {
  const program = programFor(options)
  const chosen = await choose(ids, options, program)
  await forEach(chosen, options, (path) => program.post(`${path}/retry`, {}, outcomeSchema))
}

async function runDrop(ids: string[], options: DropOptions): Promise<void> {
  const program = programFor(options)
  const chosen = await choose(ids, options, program)
  if (chosen.length > 0 && !options.yes) await confirm(chosen.length)
  await forEach(chosen, options, (path) => program.delete(path, outcomeSchema))
}

async function choose(ids: string[], { all }: ChosenOptions, program: RunningProgram): Promise<string[]> {
  if (all === ids.length > 0) throw new CommandError('give the ids of dead letters, or --all')
  return all ? (await listAll(program)).map(({ id }) => id) : ids
}

async function listAll(program: RunningProgram): Promise<DeadLetter[]> {
  const letters: DeadLetter[] = []
  for (let cursor: string | null = ''; cursor !== null; ) {
    const path = `/api/dead-letters?limit=${pageSize}${cursor && `&cursor=${cursor}`}`
    const page: z.output<typeof pageSchema> = await program.get(path, pageSchema)
    letters.push(...page.items)
    cursor = page.next
  }
  return letters
}

/** @throws CommandError when the answer is not yes, or there is nobody to ask */
async function confirm(count: number): Promise<void> {
  if (!process.stdin.isTTY) throw new CommandError('what is dropped is gone for ever: say --yes')
  const terminal = createInterface({ input: process.stdin, output: process.stderr })
  const answer = await terminal.question(`Forget ${count} dead letters for ever? [yes/no] `)
  terminal.close()
  if (answer.trim().toLowerCase() !== 'yes') throw new CommandError('nothing was dropped')
}

type Outcome = z.output<typeof outcomeSchema>
type Ended = { id: string; outcome: Outcome['outcome'] | 'unknown'; error?: string | undefined }

/** @throws CommandError when some could not be handled again, or do not exist */
async function forEach(
  ids: readonly string[],
  { json }: ProgramOptions,
  ask: (path: string) => Promise<Outcome>,
): Promise<void> {
  const output = createOutput(json)
  const ended: Ended[] = []
  for (let from = 0; from < ids.length; from += atOnce) {
    const some = ids.slice(from, from + atOnce)
    ended.push(...(await Promise.all(some.map((id) => askFor(id, ask)))))
    for (const { id, outcome, error } of ended.slice(from)) {
      output.line(`${id}  ${said[outcome]}${error === undefined ? '' : `: ${oneLine(error)}`}`)
    }
  }
  const missed = ended.filter(({ outcome }) => outcome === 'failed' || outcome === 'unknown').length
  if (missed > 0) throw new CommandError(`${missed} of ${ids.length} not done`, { deadLetters: ended })
  output.result({ deadLetters: ended })
}

const said: Record<Ended['outcome'], string> = {
  settled: 'is done with',
  queued: 'is tried again',
  failed: 'failed again',
  waiting: 'waits until its consumer can go on',
  unknown: 'is no dead letter',
}

async function askFor(id: string, ask: (path: string) => Promise<Outcome>): Promise<Ended> {
  try {
    return { id, ...(await ask(`/api/dead-letters/${encodeURIComponent(id)}`)) }
  } catch (error) {
    if (error instanceof RefusedError && error.problem.code === 'dead_letter_not_found') {
      return { id, outcome: 'unknown' }
    }
    throw error
  }
}
