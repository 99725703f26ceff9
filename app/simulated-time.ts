import { setTimeout as sleep } from 'node:timers/promises'
import { ExpectedError } from '../lib/expected-error.ts'
import { monotonicNow } from '../lib/monotonic-clock.ts'
import { dayMs } from '../lib/time.ts'
import { rulesConsumerName } from '../rules/consumer/rules-consumer.ts'
import { nextFleetModelAt } from '../rules/fleet-model/fleet-model-schedule.ts'
import type { Journal } from '../store/journal/journal.ts'
import type { Partitions } from '../store/journal/partitions.ts'

const pollMs = 2
const stallTimeoutMs = 60_000
/** For so long each tick may lead to the first fleet model. A fleet without one until then has no rules that learn. */
const firstModelWithinMs = 7 * dayMs

/** The rules have not evaluated what simulated devices sent. */
class RulesStalledError extends ExpectedError {
  override readonly name = 'RulesStalledError'
}

export interface SimulatedTimeOptions {
  /** Start, ms since 1970 UTC. */
  from: number
  partitions: Partitions
}

/** Time of simulated devices. It passes by ticks in the journal, as the real one does, but when it is told to. */
export class SimulatedTime {
  readonly #options: SimulatedTimeOptions
  #now: number
  #hasModel = false
  #nextModelAt = Number.NEGATIVE_INFINITY
  /** The tick before: it is ahead of all that is received later, whether it is on disk yet or not. */
  #writing: Promise<unknown> = Promise.resolve()

  constructor(options: SimulatedTimeOptions) {
    this.#options = options
    this.#now = options.from
  }

  /** Return the simulated time, ms since 1970 UTC. */
  readonly now = (): number => this.#now

  /**
   * Write a tick after everything that was received until then. Wait where it may lead to a fleet model: the model then holds
   * from the same reading on in every run.
   * @param at ms since 1970 UTC
   * @param next time at which all is received that follows, ms since 1970 UTC
   * @throws RulesStalledError when the rules make no progress for a minute
   */
  async pass(at: number, next: number): Promise<void> {
    const { from, partitions } = this.#options
    const [first, ...others] = partitions
    const isModelDue = at >= this.#nextModelAt
    const tick = (journal: Journal) => journal.append('telemetry', [{ type: 'tick', at, since: from }])
    // The first partition builds the model, of what the others have evaluated by then.
    await Promise.all(
      others.map(async (journal) => {
        const end = await tick(journal)
        if (isModelDue) await waitForRules(journal, end)
      }),
    )
    await this.#writing
    const writing = tick(first)
    this.#writing = writing
    // An error is thrown to the next call.
    writing.catch(() => undefined)
    if (isModelDue || next === at) await this.#waitForModel(at, await writing)
    this.#now = next
  }

  /** @param end offset after the tick in the first partition */
  async #waitForModel(at: number, end: number): Promise<void> {
    const { from, partitions } = this.#options
    const [first] = partitions
    // The rules write the model before they store their states: no need to wait for those.
    const isBuilt = await waitForRules(first, end, () => hasFleetModel(first, end))
    this.#hasModel ||= isBuilt || at >= from + firstModelWithinMs
    this.#nextModelAt = nextFleetModelAt(at, this.#hasModel)
  }
}

async function hasFleetModel(journal: Journal, from: number): Promise<boolean> {
  for await (const { entries } of journal.scan('telemetry', from))
    if (entries.some(({ type }) => type === 'fleet_model')) return true
  return false
}

/**
 * Wait until the rules have evaluated and stored all before an offset, or something else is there.
 * @returns whether it is
 */
async function waitForRules(
  journal: Journal,
  offset: number,
  isThere: () => Promise<boolean> = async () => false,
): Promise<boolean> {
  let last = -1
  let movedAt = monotonicNow()
  for (;;) {
    const { consumers } = await journal.info()
    const cursor = consumers.find(({ name }) => name === rulesConsumerName)?.cursor ?? 0
    if (await isThere()) return true
    if (cursor >= offset) return false
    if (cursor > last) movedAt = monotonicNow()
    last = cursor
    if (monotonicNow() - movedAt > stallTimeoutMs)
      throw new RulesStalledError(`the rules stand at entry ${cursor} of ${offset} for a minute`)
    await sleep(pollMs)
  }
}
