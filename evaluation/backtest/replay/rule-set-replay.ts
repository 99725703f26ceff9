import type { Device } from '../../contract/device.ts'
import { emptyFleetModel, type FleetModel } from '../../contract/fleet-model.ts'
import type { DeviceState, Engine, RuleInput } from '../../rules/engine/engine.ts'
import { cohortDevices } from '../../rules/fleet-model/cohort-devices.ts'
import { FleetModelBuilder } from '../../rules/fleet-model/fleet-model-builder.ts'
import { FindingLog } from './finding-log.ts'

/** The replay of one rule set: its state of each device, and its findings. */
export class RuleSetReplay {
  readonly engine: Engine
  readonly findingLog = new FindingLog()
  readonly #states = new Map<string, DeviceState>()
  #fleetModel: FleetModel = emptyFleetModel

  constructor(engine: Engine) {
    this.engine = engine
  }

  /** Evaluate one input of a device. */
  step(device: string, input: RuleInput): void {
    const { state, findings } = this.engine.step(this.#states.get(device), input, this.#fleetModel)
    if (state) this.#states.set(device, state)
    for (const finding of findings) this.findingLog.record(finding)
  }

  /** Build the fleet model from the state so far; it holds from now on. */
  rebuildFleetModel(at: number): void {
    const builder = new FleetModelBuilder(this.engine)
    for (const state of this.#states.values()) builder.add(state)
    this.#fleetModel = builder.build(at, this.#fleetModel)
    for (const cohort of cohortDevices(this.#fleetModel)) this.#evaluateCohort(cohort, at)
  }

  #evaluateCohort(cohort: Device, at: number): void {
    this.step(cohort.id, { type: 'device', device: cohort })
    this.step(cohort.id, { type: 'fleet_model', at })
  }
}
