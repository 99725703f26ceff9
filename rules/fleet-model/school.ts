import type { Life } from '../../contract/lifetime.ts'
import type { Limit } from '../detectors/limit.ts'
import type { Clock } from '../prognosis/clock.ts'
import { quantitiesOf } from '../prognosis/cohort.ts'
import { clockFor, type Experience, experienceOf } from '../prognosis/experience.ts'
import { type Case, casesAmong, casesOfStrangers } from '../prognosis/look-back.ts'

const schools = new WeakMap<readonly Life[], Map<string, School>>()

/** Learns once from each list of lives; the list must not change afterwards. */
export function schoolOf(lives: readonly Life[], limit: Limit): School {
  const limits = schools.get(lives) ?? new Map<string, School>()
  schools.set(lives, limits)
  const key = `${limit.worse} ${limit.value}`
  const school = limits.get(key) ?? new School(lives, limit)
  limits.set(key, school)
  return school
}

/** Keeps what was learnt from some lives about one limit. */
class School {
  readonly experience: Experience
  readonly #limit: Limit
  readonly #clocks = new Map<string, Clock | undefined>()
  readonly #known: ReadonlySet<string>
  readonly #cases: readonly Case[]
  #casesOfStrangers: readonly Case[] | undefined

  constructor(lives: readonly Life[], limit: Limit) {
    this.#limit = limit
    this.experience = experienceOf(lives, limit)
    this.#known = new Set(lives.map(({ cohort }) => quantitiesOf(cohort)))
    this.#cases = casesAmong(this.experience)
  }

  /** @param without the place of a life that must not teach now */
  clockFor(cohort: Life['cohort'], without?: number): Clock | undefined {
    const key = JSON.stringify([cohort, without])
    if (!this.#clocks.has(key)) this.#clocks.set(key, clockFor(this.experience, cohort, without))
    return this.#clocks.get(key)
  }

  /** Looks back at lives that were as well known to the others as this cohort is: more is uncertain of a stranger. */
  casesFor(cohort: Life['cohort'], without?: number): readonly Case[] {
    const { lives } = this.experience
    const cases = this.#known.has(quantitiesOf(cohort)) ? this.#cases : this.#strangers()
    return without === undefined ? cases : cases.filter(({ life }) => life !== lives[without])
  }

  /** How many lives went the whole way. */
  finished(without?: number): number {
    return this.experience.passages.filter((one, index) => one.crossedAt !== undefined && index !== without)
      .length
  }

  #strangers(): readonly Case[] {
    const { lives } = this.experience
    this.#casesOfStrangers ??= [...this.#known].flatMap((quantities) => {
      const isOne = ({ cohort }: Life) => quantitiesOf(cohort) === quantities
      const [ones, others] = [lives.filter(isOne), lives.filter((life) => !isOne(life))]
      return casesOfStrangers(experienceOf(ones, this.#limit), experienceOf(others, this.#limit))
    })
    return this.#casesOfStrangers
  }
}
