import type { Device } from '../../contract/device.ts'
import { type Lessons, noLessons } from '../../contract/fleet-model.ts'
import type { DeviceState, Engine, RuleInput } from '../../rules/engine/engine.ts'
import { fleetCohorts } from '../../rules/fleet-model/fleet-cohorts.ts'
import { LessonsGathering } from '../../rules/fleet-model/gather.ts'
import { Ledger } from './ledger.ts'

/** One set of rules on its way through history: what it remembers of each device, and what it found. */
export class Side {
  readonly engine: Engine
  readonly ledger = new Ledger()
  readonly #states = new Map<string, DeviceState>()
  #lessons: Lessons = noLessons

  constructor(engine: Engine) {
    this.engine = engine
  }

  tell(device: string, input: RuleInput): void {
    const { state, findings } = this.engine.step(this.#states.get(device), input, this.#lessons)
    if (state) this.#states.set(device, state)
    for (const finding of findings) this.ledger.note(finding)
  }

  /** Makes lessons of what is known so far, which hold from now on. */
  teach(at: number): void {
    const gathering = new LessonsGathering(this.engine)
    for (const state of this.#states.values()) gathering.add(state)
    this.#lessons = gathering.lessons(at, this.#lessons)
    for (const cohort of fleetCohorts(this.#lessons)) this.#judge(cohort, at)
  }

  #judge(cohort: Device, at: number): void {
    this.tell(cohort.id, { type: 'device', device: cohort })
    this.tell(cohort.id, { type: 'lessons', at })
  }
}
