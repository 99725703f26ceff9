import { readFile, rename, writeFile } from 'node:fs/promises'
import { z } from 'zod'
import { ExpectedError } from '../lib/expected-error.ts'

const schema = z.strictObject({
  version: z.literal(1),
  seed: z.number(),
  /** Start of the simulation, ms; unchanged when a fleet is started again. */
  from: z.number(),
  /** Device → number of its acknowledged leading messages. */
  acknowledgedOffsets: z.record(z.string(), z.number()),
})

/** State that a simulator needs to resume; everything else is computed again from the seed. */
export type FleetState = z.infer<typeof schema>

/**
 * Read the state file.
 * @returns undefined when there is no such file yet
 * @throws FleetStateError when it is damaged, or of another seed
 */
export async function readFleetState(file: string, seed: number): Promise<FleetState | undefined> {
  let text: string
  try {
    text = await readFile(file, 'utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw error
  }
  const state = schema.safeParse(parse(text))
  if (!state.success) throw new FleetStateError(file, 'it is not a valid state of a simulated fleet')
  if (state.data.seed !== seed) {
    throw new FleetStateError(file, `it belongs to seed ${state.data.seed}, not to seed ${seed}`)
  }
  return state.data
}

/** Replace the file in one step, so that a crash leaves the old or the new one. */
export async function writeFleetState(file: string, state: FleetState): Promise<void> {
  await writeFile(`${file}.new`, JSON.stringify(state))
  await rename(`${file}.new`, file)
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** The state file does not fit. Remove it to start from the beginning. */
export class FleetStateError extends ExpectedError {
  override readonly name = 'FleetStateError'

  constructor(file: string, problem: string) {
    super(`${file}: ${problem}. Remove the file to start from the beginning.`)
  }
}
