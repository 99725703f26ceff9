import type { TelemetryEntry } from '../../contract/entry.ts'
import { dayMs } from '../../lib/time.ts'
import { JournalFullError } from '../../store/journal/journal.ts'
import { DeviceLeftOutError } from '../consumer/device-left-out.ts'
import type { InForce } from '../consumer/in-force.ts'
import type { SteppedBatch } from '../consumer/step-batch.ts'
import type { DeviceState } from '../engine/engine.ts'
import type { Pupils, School } from './fleet-school.ts'
import { LessonsGathering } from './gather.ts'

const everyMs = dayMs
const devicesAtOnce = 1_000

/**
 * Gathers once a day what the fleet teaches, and writes it into the journal, from where it holds: what a rule knows at
 * a reading is then the same in every replay. The passing of time is told by ticks, never by our clock.
 * Of other partitions counts what they have done by then: one that lags behind teaches its newest the day after.
 */
export class Teacher {
  readonly #school: School
  readonly #own: Pupils['cache']
  readonly #onError: (error: unknown) => void
  #publishedAt = Number.NEGATIVE_INFINITY

  /**
   * @param own cache of the partition whose batches the teacher is told of
   * @param onError told of devices that could not be learnt from
   */
  constructor(school: School, own: Pupils['cache'], onError: (error: unknown) => void) {
    this.#school = school
    this.#own = own
    this.#onError = onError
  }

  /**
   * To be told of each batch and what came of it: publishes where the day is over. A full journal leaves it to a later
   * tick.
   * @throws JournalWriteError
   */
  async after(entries: readonly TelemetryEntry[], { inForce, states }: SteppedBatch): Promise<void> {
    const tick = entries.findLast((entry) => entry.type === 'tick')
    if (tick === undefined) return
    const last = Math.max(inForce.lessonsAt ?? Number.NEGATIVE_INFINITY, this.#publishedAt)
    if (tick.at < last + everyMs) return
    const lessons = (await this.#gather(inForce, states)).lessons(tick.at, inForce.lessons)
    if (Object.keys(lessons.lives).length + Object.keys(lessons.peers).length === 0) return
    try {
      await this.#school.journal.append('telemetry', [{ type: 'lessons', at: tick.at, lessons }])
      this.#publishedAt = tick.at
    } catch (error) {
      if (!(error instanceof JournalFullError)) throw error
    }
  }

  async #gather({ engine }: InForce, newest: ReadonlyMap<string, DeviceState>): Promise<LessonsGathering> {
    const gathering = new LessonsGathering(engine)
    for (const { cache, devices } of this.#school.pupils) {
      const ids = devices()
      for (let from = 0; from < ids.length; from += devicesAtOnce) {
        const some = ids.slice(from, from + devicesAtOnce)
        const states = await cache.get(some)
        for (const device of some) {
          const state = (cache === this.#own ? newest.get(device) : undefined) ?? states.get(device)
          if (state !== undefined) this.#learn(gathering, device, state)
        }
      }
    }
    return gathering
  }

  #learn(gathering: LessonsGathering, device: string, state: DeviceState): void {
    try {
      gathering.add(state)
    } catch (cause) {
      this.#onError(new DeviceLeftOutError(device, cause))
    }
  }
}
