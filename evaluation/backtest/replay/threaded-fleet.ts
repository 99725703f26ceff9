import type { Worker } from 'node:worker_threads'
import { ExpectedError } from '../../../lib/expected-error.ts'
import { ThreadLink } from '../../../lib/threads/thread-link.ts'
import { createEngine } from '../../../rules/engine/create-engine.ts'
import type { TextFile } from '../../../rules/files/read-yaml-files.ts'
import type { Rule } from '../../../rules/files/rule.ts'
import type { SeriesColumn } from '../../../store/series/columns.ts'
import { FindingLog } from '../finding-log.ts'
import type { ReplayBound } from './device-replay.ts'
import type { Fleet, FleetFindings } from './fleet.ts'
import type { ReplayFleetOptions } from './replay-fleet.ts'
import { RuleSetReplay } from './rule-set-replay.ts'
import { packColumns, packModel, type ReplayThreadCalls, unpackParts } from './thread-calls.ts'

/** A thread of a backtest has ended before its devices were replayed. The message says why. */
export class BacktestThreadError extends ExpectedError {
  override readonly name = 'BacktestThreadError'
}

/** How to replay in threads. */
export interface ReplayThreads {
  /** Number of threads, at most. */
  count: number
  /** Whether to use one for the smallest history too: where this thread has something else to do. */
  always: boolean
  /** Start a thread that calls `serveReplay`. */
  start(): Worker
  /** Return the text that a rule was read from. */
  textOf(rule: Rule): TextFile
}

interface ReplayThread {
  worker: Worker
  link: ThreadLink<ReplayThreadCalls>
  devices: ReadonlySet<string>
  readings: number
}

/** Replays devices spread over threads. What concerns all of them, the fleet model, is built here. */
export class ThreadedFleet implements Fleet {
  readonly #threads: readonly ReplayThread[]
  /** One for each rule set: without devices, for fleet models and cohorts. */
  readonly #replays: readonly RuleSetReplay[]
  readonly #from: number
  readonly #signal: AbortSignal | undefined
  readonly #terminate = () => void this.close()
  /** What the threads are doing. */
  #working: Promise<void> = Promise.resolve()
  #readingsLearned = 0
  metrics: readonly string[] | undefined
  learns = false

  private constructor(options: ReplayFleetOptions, threads: readonly ReplayThread[], signal?: AbortSignal) {
    const { kinds, rules, compareWithLive, from } = options
    const ruleSets = compareWithLive ? [rules.candidate, rules.live] : [rules.candidate]
    this.#replays = ruleSets.map((set) => new RuleSetReplay(createEngine({ kinds, rules: set })))
    this.#threads = threads
    this.#from = from
    this.#signal = signal
    signal?.addEventListener('abort', this.#terminate, { once: true })
  }

  /** Start the threads. @param signal ends them at once */
  static async open(
    options: ReplayFleetOptions,
    { count, start, textOf }: ReplayThreads,
    signal?: AbortSignal,
  ): Promise<ThreadedFleet> {
    const { devices, rules, replacements, compareWithLive, begin, from } = options
    const size = Math.max(1, Math.min(count, devices.length))
    const shares = Array.from({ length: size }, (_, thread) =>
      devices.filter((_, index) => index % size === thread),
    )
    const threads = shares.map((share) => startReplayThread(start(), share))
    const fleet = new ThreadedFleet(options, threads, signal)
    const texts = { live: rules.live.map(textOf), candidate: rules.candidate.map(textOf) }
    try {
      const opened = await Promise.all(
        threads.map(({ link, devices }, thread) =>
          link.call('open', {
            devices: shares[thread] ?? [],
            replacements: replacements.filter(({ device }) => devices.has(device)),
            rules: texts,
            compareWithLive,
            begin,
            from,
          }),
        ),
      )
      fleet.learns = opened.some(({ learns }) => learns)
      const metrics = opened.map((one) => one.metrics)
      fleet.metrics = metrics.includes(undefined)
        ? undefined
        : [...new Set(metrics.flatMap((one) => one ?? []))]
      return fleet
    } catch (error) {
      await fleet.close()
      throw error
    }
  }

  get readings(): number {
    return this.#threads.reduce((sum, { readings }) => sum + readings, 0)
  }

  async load(columns: readonly SeriesColumn[]): Promise<void> {
    const shares = this.#threads.map(({ devices }) =>
      packColumns(columns.filter(({ device }) => devices.has(device))),
    )
    await this.#working
    await Promise.all(
      this.#threads.map(({ link }, thread) => link.call('load', shares[thread] ?? packColumns([]))),
    )
  }

  /** The threads go on while the next slice is read. */
  async advance(bound: ReplayBound): Promise<void> {
    await this.#working
    this.#working = Promise.all(
      this.#threads.map(async (thread) => {
        thread.readings = await thread.link.call('advance', bound)
      }),
    ).then(() => undefined)
    // An error is thrown to the next call.
    this.#working.catch(() => undefined)
  }

  async endWarmUp(): Promise<void> {
    await this.#working
    await this.#callAll('endWarmUp')
    for (const { findingLog } of this.#replays) findingLog.endWarmUp(this.#from)
  }

  async learn(at: number): Promise<boolean> {
    await this.#working
    const { readings } = this
    // Without new readings a fleet model would stay the same.
    if (readings !== this.#readingsLearned) await this.#buildFleetModels(at)
    this.#readingsLearned = readings
    return this.#replays.some(({ hasLearned }) => hasLearned)
  }

  async #buildFleetModels(at: number): Promise<void> {
    const contributions = await this.#callAll('contributions')
    for (const [index, replay] of this.#replays.entries())
      replay.buildFleetModel(
        contributions.flatMap((ofThread) => ofThread.slice(index, index + 1).map(unpackParts)),
        at,
      )
    const models = this.#replays.map(({ fleetModel }) => packModel(fleetModel))
    await Promise.all(this.#threads.map(({ link }) => link.call('setFleetModels', models)))
  }

  async findings(): Promise<FleetFindings> {
    await this.#working
    const parts = await this.#callAll('findings')
    const [candidate, live] = this.#replays.map(({ findingLog }) => findingLog.contents())
    const liveParts = parts.flatMap((part) => part.live ?? [])
    return {
      readings: parts.reduce((sum, { readings }) => sum + readings, 0),
      observedMs: parts.flatMap(({ observedMs }) => observedMs),
      candidate: FindingLog.merge([
        ...parts.map((part) => part.candidate),
        ...(candidate ? [candidate] : []),
      ]),
      ...(live && { live: FindingLog.merge([...liveParts, live]) }),
    }
  }

  async close(): Promise<void> {
    this.#signal?.removeEventListener('abort', this.#terminate)
    await Promise.all(this.#threads.map(({ worker }) => worker.terminate()))
  }

  #callAll<K extends 'endWarmUp' | 'contributions' | 'findings'>(
    method: K,
  ): Promise<ReturnType<ReplayThreadCalls[K]>[]> {
    return Promise.all(this.#threads.map(({ link }) => link.call(method, undefined)))
  }
}

function startReplayThread(worker: Worker, devices: ReplayFleetOptions['devices']): ReplayThread {
  const link = new ThreadLink<ReplayThreadCalls>(worker, { handlers: {} })
  let cause: unknown
  worker.on('error', (error) => {
    cause = error
  })
  worker.once('exit', (code) => {
    const reason = cause instanceof Error ? cause.message : `code ${code}`
    void link.fail(
      new BacktestThreadError(
        `a thread of the backtest has ended (${reason}). If its memory was full, replay fewer devices or a shorter time (--device, --from)`,
        { cause },
      ),
    )
  })
  return { worker, link, devices: new Set(devices.map(({ id }) => id)), readings: 0 }
}
