import type { TelemetryEntry } from '../../contract/entry.ts'
import { EventLoopTurn } from '../../lib/event-loop-turn.ts'
import { JournalFullError } from '../../store/journal/journal.ts'
import { DeviceSkippedError } from '../consumer/device-skipped.ts'
import type { LiveRuleSet } from '../consumer/live-rule-set.ts'
import type { BatchResult } from '../consumer/step-batch.ts'
import type { DeviceState } from '../engine/engine.ts'
import { FleetModelBuilder } from './fleet-model-builder.ts'
import { nextFleetModelAt } from './fleet-model-schedule.ts'
import type { FleetModelSources } from './fleet-model-sources.ts'

/** Number of device states loaded at once: reading them holds up the event loop. */
const loadedAtOnce = 20

/**
 * Build the fleet model once a day, at the first tick of the day (UTC), and write it to the journal; it is valid from its place there, so what a rule knows
 * at a reading is the same in every replay. Time comes from ticks, never from the system clock.
 * Other partitions contribute their state at that time: one that lags contributes its newest data the day after.
 */
export class FleetModelPublisher {
  readonly #sources: FleetModelSources
  readonly #onError: (error: unknown) => void
  #publishedAt: number | undefined
  /** When it was gathered last, for nothing. */
  #nothingAt = Number.NEGATIVE_INFINITY

  /** @param onError called for devices whose contribution failed */
  constructor(sources: FleetModelSources, onError: (error: unknown) => void) {
    this.#sources = sources
    this.#onError = onError
  }

  /**
   * Handle a processed batch, whose states are in the cache: publish when the day is over. When the journal is full, retry
   * at a later tick.
   * @returns whether the contributions were gathered: it is not to be repeated
   * @throws JournalWriteError
   */
  async afterBatch(
    entries: readonly TelemetryEntry[],
    { liveRuleSet }: Pick<BatchResult, 'liveRuleSet'>,
  ): Promise<boolean> {
    const tick = entries.findLast((entry) => entry.type === 'tick')
    if (tick === undefined) return false
    const last = this.#publishedAt ?? liveRuleSet.fleetModelAt ?? Number.NEGATIVE_INFINITY
    // A model from the future was built while the clock was ahead.
    if (isBefore(tick.at, last, true) || isBefore(tick.at, this.#nothingAt, false)) return false
    const model = (await this.#gather(liveRuleSet)).build(tick.at, liveRuleSet.fleetModel)
    if (Object.keys(model.lifetimes).length + Object.keys(model.cohortStats).length === 0) {
      this.#nothingAt = tick.at
      return true
    }
    try {
      await this.#sources.journal.append('telemetry', [{ type: 'fleet_model', at: tick.at, model }])
      this.#publishedAt = tick.at
      return true
    } catch (error) {
      if (error instanceof JournalFullError) return false
      throw error
    }
  }

  async #gather({ engine }: LiveRuleSet): Promise<FleetModelBuilder> {
    const gathering = new FleetModelBuilder(engine)
    const turn = new EventLoopTurn()
    for (const { cache, devices } of this.#sources.partitions) {
      const ids = await devices()
      for (let from = 0; from < ids.length; from += loadedAtOnce) {
        const states = await cache.get(ids.slice(from, from + loadedAtOnce))
        for (const [device, state] of states) this.#learn(gathering, device, state)
        if (turn.isOver) await turn.next()
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

/** Return whether a time lies between the last gathering and the next one. */
function isBefore(at: number, gatheredAt: number, hadContributions: boolean): boolean {
  return at >= gatheredAt && at < nextFleetModelAt(gatheredAt, hadContributions)
}
