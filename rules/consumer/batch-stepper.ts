import type { TelemetryEntry } from '../../contract/entry.ts'
import { abortableSleep } from '../../lib/abortable-sleep.ts'
import type { Batch, Journal } from '../../store/journal/journal.ts'
import type { CheckpointedConsumer } from './checkpointed-consumer.ts'
import { type CompileOptions, type LiveRuleSet, loadLiveRuleSet } from './live-rule-set.ts'
import { SkippedInputs } from './skipped-inputs.ts'
import type { StateCache } from './state-cache.ts'
import { type BatchResult, type Portions, stepBatch } from './step-batch.ts'
import type { TickSchedule } from './tick-schedule.ts'

export interface BatchStepperOptions extends CompileOptions {
  journal: Pick<Journal, 'scan'>
  consumer: CheckpointedConsumer
  cache: StateCache
  tickSchedule: TickSchedule
  /** Whether this partition evaluates the cohorts; only one does. */
  evaluatesCohorts: boolean
  portions: Portions
  signal: AbortSignal
}

type Entries = Pick<Batch<TelemetryEntry>, 'from' | 'entries'>

/** Offset of a dead letter that is retried: it is evaluated now, whatever was evaluated since it failed. */
const afterAll = Number.POSITIVE_INFINITY
const maxRestoredEntries = 5_000
const restoreRetryMs = 1_000

/**
 * Evaluates one batch after the other. A failure leaves states half changed: then all states in memory are given up, and the
 * entries since the last checkpoint evaluated again, without what failed.
 */
export class BatchStepper {
  readonly #options: BatchStepperOptions
  readonly #skipped: SkippedInputs
  #liveRuleSet: LiveRuleSet

  private constructor(options: BatchStepperOptions, liveRuleSet: LiveRuleSet) {
    this.#options = options
    this.#liveRuleSet = liveRuleSet
    this.#skipped = new SkippedInputs(options.onError)
  }

  static async open(options: BatchStepperOptions): Promise<BatchStepper> {
    return new BatchStepper(options, await loadLiveRuleSet(options.journal, options.consumer, options))
  }

  /**
   * @param afterwards last step of the batch, which may fail as well
   * @throws the error of an entry that fails; the states are those before the batch
   */
  async step(
    batch: Batch<TelemetryEntry>,
    afterwards: (result: BatchResult) => Promise<void> | undefined,
  ): Promise<BatchResult> {
    const isRetry = batch.next === batch.from
    const entries = isRetry ? { ...batch, from: afterAll } : batch
    try {
      while (true) {
        const result = await this.#stepOnce(entries)
        if (this.#skipped.isComplete) {
          this.#options.cache.put(result.states)
          await afterwards(result)
          this.#keep(result)
          return result
        }
        await this.#restore(batch.from)
      }
    } catch (error) {
      await this.#restore(batch.from)
      throw error
    }
  }

  #stepOnce(batch: Entries): Promise<BatchResult> {
    this.#skipped.begin()
    this.#options.consumer.begin()
    return stepBatch(batch, { ...this.#options, liveRuleSet: this.#liveRuleSet, skipped: this.#skipped })
  }

  #keep(result: BatchResult): void {
    const { tickSchedule, consumer } = this.#options
    this.#liveRuleSet = result.liveRuleSet
    tickSchedule.keep()
    consumer.keepTogether(result.renamed)
  }

  /** Bring the states to where they were before an offset, from the last checkpoint. */
  async #restore(offset: number): Promise<void> {
    const { onError, signal } = this.#options
    while (!signal.aborted) {
      try {
        if (await this.#replay(offset)) return
      } catch (error) {
        onError(error)
        await abortableSleep(restoreRetryMs, signal)
      }
    }
  }

  /** @returns false when an input failed that had not before */
  async #replay(offset: number): Promise<boolean> {
    const { journal, consumer, cache, tickSchedule, signal } = this.#options
    consumer.discard()
    cache.clear()
    tickSchedule.rollBack()
    this.#liveRuleSet = await loadLiveRuleSet(journal, consumer, this.#options)
    for (let next = consumer.checkpoint; next < offset; ) {
      const { from, entries } = await consumer.read(next, maxRestoredEntries, signal)
      if (entries.length === 0) throw new Error(`entries ${next} to ${offset} of the journal cannot be read`)
      const some = entries.slice(0, Math.max(0, offset - from))
      const result = await this.#stepOnce({ from, entries: some })
      if (!this.#skipped.isComplete) return false
      cache.put(result.states)
      this.#keep(result)
      next = from + some.length
      await consumer.commit({ cursor: next, state: statesOf(result) })
    }
    return true
  }
}

/** Return what is to be stored of a batch, by key. */
export function statesOf({ states, changedLiveRuleSet }: BatchResult): Map<string, unknown> {
  return new Map<string, unknown>([...states, ...changedLiveRuleSet])
}
