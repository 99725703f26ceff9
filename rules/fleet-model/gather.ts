import { type Lessons, noLessons } from '../../contract/fleet-model.ts'
import type { Life } from '../../contract/lifetime.ts'
import type { DeviceState, Engine, TaughtLife } from '../engine/engine.ts'
import { contentHash } from '../files/content-hash.ts'
import { PeerLevels } from './peer-levels.ts'

/** Most lives kept of a subject: finished ones first, then the longest. */
const mostLives = 60

/**
 * Makes lessons of what the rules remember of each device. The same states give the same lessons, in whatever order
 * they are added.
 */
export class LessonsGathering {
  readonly #engine: Pick<Engine, 'teaches'>
  readonly #lives = new Map<string, TaughtLife[]>()
  readonly #levels = new PeerLevels()

  constructor(engine: Pick<Engine, 'teaches'>) {
    this.#engine = engine
  }

  add(state: DeviceState): void {
    const { lives, levels } = this.#engine.teaches(state)
    for (const life of lives) this.#addLife(life)
    for (const level of levels) this.#levels.add(state.device, level)
  }

  /**
   * @param at the moment of these lessons, ms
   * @param before the lessons so far: a cohort whose devices were all updated is remembered from there
   */
  lessons(at: number, before: Lessons = noLessons): Lessons {
    const lives: Record<string, Life[]> = {}
    for (const [subject, taught] of [...this.#lives].sort(byKey)) {
      lives[subject] = theBest(taught).map(({ life }) => life)
    }
    const peers = this.#levels.peers(at, before.peers)
    return { version: contentHash({ lives, peers }, 12), lives, peers }
  }

  #addLife(taught: TaughtLife): void {
    const { subject } = taught
    const lives = this.#lives.get(subject) ?? []
    lives.push(taught)
    // Cut now and then, so that a large fleet does not pile up.
    this.#lives.set(subject, lives.length > 4 * mostLives ? theBest(lives) : lives)
  }
}

function theBest(lives: readonly TaughtLife[]): TaughtLife[] {
  return lives
    .toSorted(
      (a, b) =>
        Number(b.finished) - Number(a.finished) ||
        spanMs(b.life) - spanMs(a.life) ||
        (unitOf(a) < unitOf(b) ? -1 : 1),
    )
    .slice(0, mostLives)
}

const spanMs = ({ points }: Life): number => (points.at(-1)?.[0] ?? 0) - (points[0]?.[0] ?? 0)

const unitOf = ({ life }: TaughtLife): string => life.unit ?? ''

const byKey = ([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number => (a < b ? -1 : 1)
