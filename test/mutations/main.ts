import { Command, InvalidArgumentError } from 'commander'
import { mutations } from './catalog.ts'
import type { Mutation } from './mutation.ts'
import { type MutationOutcome, MutationWorkspace } from './run-mutation.ts'

interface Options {
  share?: { number: number; of: number }
  json: boolean
}

const command = new Command('mutate')
  .description('put faults into a copy of the product, one at a time: the suite named for each has to fail')
  .argument('[names...]', 'of mutations; default: all')
  .option('--share <n/m>', 'the n-th of m equal parts of them, counted round and round', parseShare)
  .option('--json', 'print only the result, as JSON', false)
  .parse()
process.exitCode = await main(command.args, command.opts<Options>())

/** @returns the exit code: 1 when a mutation survived, or its suite did not run */
async function main(names: readonly string[], { share, json }: Options): Promise<number> {
  const workspace = new MutationWorkspace()
  const results: { mutation: Mutation; outcome: MutationOutcome; seconds: number }[] = []
  try {
    for (const mutation of select(names, share)) {
      const startedAt = performance.now()
      const outcome = await workspace.run(mutation)
      const seconds = (performance.now() - startedAt) / 1_000
      results.push({ mutation, outcome, seconds })
      if (!json) process.stdout.write(`${formatResult(mutation, outcome, seconds)}\n`)
    }
  } finally {
    workspace.remove()
  }
  const caught = results.filter(({ outcome }) => outcome.is === 'caught').length
  const all = results.map(({ mutation: { name }, outcome, seconds }) => ({ name, ...outcome, seconds }))
  process.stdout.write(
    json ? `${JSON.stringify({ caught, of: all.length, all })}\n` : `${caught} of ${all.length} caught\n`,
  )
  return caught === results.length && caught > 0 ? 0 : 1
}

function select(names: readonly string[], share: Options['share']): readonly Mutation[] {
  const unknown = names.filter((name) => !mutations.some((mutation) => mutation.name === name))
  if (unknown.length > 0) {
    const known = mutations.map(({ name }) => name).join(', ')
    command.error(`there is no mutation ${unknown.join(', ')}. There are: ${known}`)
  }
  const chosen = names.length === 0 ? mutations : mutations.filter(({ name }) => names.includes(name))
  return share === undefined
    ? chosen
    : chosen.filter((_, index) => index % share.of === share.number % share.of)
}

function formatResult({ name, fault }: Mutation, outcome: MutationOutcome, seconds: number): string {
  const detail = { caught: '', survived: `: ${fault}`, broken: '' }[outcome.is]
  const by = outcome.is === 'caught' ? `by "${outcome.by[0]}"` : ''
  const reason = outcome.is === 'broken' ? outcome.reason : ''
  return `${name.padEnd(40)} ${outcome.is.padEnd(9)} ${seconds.toFixed(0).padStart(4)} s  ${by}${reason}${detail}`
}

function parseShare(text: string): { number: number; of: number } {
  const [number, of] = text.split('/').map(Number)
  if (number === undefined || of === undefined || !Number.isInteger(number) || !(of > 0))
    throw new InvalidArgumentError('Give two whole numbers, as 3/7.')
  return { number, of }
}
