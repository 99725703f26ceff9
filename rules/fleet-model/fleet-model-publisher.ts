import type { TelemetryEntry } from '../../contract/entry.ts'
import { dayMs } from '../../lib/time.ts'
import { JournalFullError } from '../../store/journal/journal.ts'
import { DeviceSkippedError } from '../consumer/device-skipped.ts'
import type { LiveRuleSet } from '../consumer/live-rule-set.ts'
import type { BatchResult } from '../consumer/step-batch.ts'
import type { DeviceState } from '../engine/engine.ts'
import { FleetModelBuilder } from './fleet-model-builder.ts'
import type { FleetModelSources, PartitionStates } from './fleet-model-sources.ts'

const publishIntervalMs = dayMs
const deviceBatchSize = 1_000

/**
 * Build the fleet model once a day and write it to the journal; it is valid from its place there, so what a rule knows
 * at a reading is the same in every replay. Time comes from ticks, never from the system clock.
 * Other partitions contribute their state at that time: one that lags contributes its newest data the day after.
 */
export class FleetModelPublisher {
  readonly #sources: FleetModelSources
  readonly #own: PartitionStates['cache']
  readonly #onError: (error: unknown) => void
  #publishedAt: number | undefined

  /**
   * @param own cache of the partition whose batches are passed in
   * @param onError called for devices whose contribution failed
   */
  constructor(sources: FleetModelSources, own: PartitionStates['cache'], onError: (error: unknown) => void) {
    this.#sources = sources
    this.#own = own
    this.#onError = onError
  }

  /**
   * Handle a processed batch: publish when the day is over. When the journal is full, retry at a later tick.
   * @throws JournalWriteError
   */
  async afterBatch(entries: readonly TelemetryEntry[], { liveRuleSet, states }: BatchResult): Promise<void> {
    const tick = entries.findLast((entry) => entry.type === 'tick')
    if (tick === undefined) return
    const last = this.#publishedAt ?? liveRuleSet.fleetModelAt ?? Number.NEGATIVE_INFINITY
    // A model from the future was built while the clock was ahead.
    if (tick.at >= last && tick.at < last + publishIntervalMs) return
    const model = (await this.#gather(liveRuleSet, states)).build(tick.at, liveRuleSet.fleetModel)
    if (Object.keys(model.lifetimes).length + Object.keys(model.cohortStats).length === 0) return
    try {
      await this.#sources.journal.append('telemetry', [{ type: 'fleet_model', at: tick.at, model }])
      this.#publishedAt = tick.at
    } catch (error) {
      if (!(error instanceof JournalFullError)) throw error
    }
  }

  async #gather(
    { engine }: LiveRuleSet,
    newest: ReadonlyMap<string, DeviceState>,
  ): Promise<FleetModelBuilder> {
    const gathering = new FleetModelBuilder(engine)
    for (const { cache, devices } of this.#sources.partitions) {
      const ids = devices()
      for (let from = 0; from < ids.length; from += deviceBatchSize) {
        const some = ids.slice(from, from + deviceBatchSize)
        const states = await cache.get(some)
        for (const device of some) {
          const state = (cache === this.#own ? newest.get(device) : undefined) ?? states.get(device)
          if (state !== undefined) this.#learn(gathering, device, state)
        }
      }
    }
    return gathering
  }

  #learn(gathering: FleetModelBuilder, device: string, state: DeviceState): void {
    try {
      gathering.add(state)
    } catch (cause) {
      this.#onError(new DeviceSkippedError(device, cause))
    }
  }
}
