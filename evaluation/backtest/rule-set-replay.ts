import type { Device } from '../../contract/device.ts'
import { emptyFleetModel, type FleetModel } from '../../contract/fleet-model.ts'
import type { DeviceState, Engine, RuleInput } from '../../rules/engine/engine.ts'
import { cohortDevices } from '../../rules/fleet-model/cohort-devices.ts'
import { FleetModelBuilder } from '../../rules/fleet-model/fleet-model-builder.ts'
import { FindingLog } from './finding-log.ts'

/** One set of rules on its way through history: what it remembers of each device, and what it found. */
export class RuleSetReplay {
  readonly engine: Engine
  readonly findingLog = new FindingLog()
  readonly #states = new Map<string, DeviceState>()
  #lessons: FleetModel = emptyFleetModel

  constructor(engine: Engine) {
    this.engine = engine
  }

  step(device: string, input: RuleInput): void {
    const { state, findings } = this.engine.step(this.#states.get(device), input, this.#lessons)
    if (state) this.#states.set(device, state)
    for (const finding of findings) this.findingLog.record(finding)
  }

  /** Makes lessons of what is known so far, which hold from now on. */
  rebuildFleetModel(at: number): void {
    const gathering = new FleetModelBuilder(this.engine)
    for (const state of this.#states.values()) gathering.add(state)
    this.#lessons = gathering.build(at, this.#lessons)
    for (const cohort of cohortDevices(this.#lessons)) this.#judge(cohort, at)
  }

  #judge(cohort: Device, at: number): void {
    this.step(cohort.id, { type: 'device', device: cohort })
    this.step(cohort.id, { type: 'lessons', at })
  }
}
