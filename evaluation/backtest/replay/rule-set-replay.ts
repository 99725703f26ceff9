import type { Device } from '../../../contract/device.ts'
import { emptyFleetModel, type FleetModel } from '../../../contract/fleet-model.ts'
import type { DeviceState, Engine, RuleInput } from '../../../rules/engine/engine.ts'
import { cohortDevices } from '../../../rules/fleet-model/cohort-devices.ts'
import { FleetModelBuilder } from '../../../rules/fleet-model/fleet-model-builder.ts'
import { FindingLog } from '../finding-log.ts'
import type { DeviceRows } from './device-rows.ts'

/** The replay of one rule set: its state of each device, and its findings. */
export class RuleSetReplay {
  readonly engine: Engine
  readonly findingLog = new FindingLog()
  readonly #subjects = new Map<string, DeviceSubject>()
  fleetModel: FleetModel = emptyFleetModel

  constructor(engine: Engine) {
    this.engine = engine
  }

  /** Return the replay of one device. */
  subjectOf(device: string): DeviceSubject {
    const known = this.#subjects.get(device)
    if (known !== undefined) return known
    const subject = new DeviceSubject(this)
    this.#subjects.set(device, subject)
    return subject
  }

  /** Build the fleet model from the states so far; it holds from now on. */
  rebuildFleetModel(at: number): void {
    const builder = new FleetModelBuilder(this.engine)
    for (const { state } of this.#subjects.values()) if (state !== undefined) builder.add(state)
    this.fleetModel = { version: 'replay', ...builder.buildUnversioned(at, this.fleetModel) }
    for (const cohort of cohortDevices(this.fleetModel)) this.#evaluateCohort(cohort, at)
  }

  #evaluateCohort(cohort: Device, at: number): void {
    const subject = this.subjectOf(cohort.id)
    subject.step({ type: 'device', device: cohort })
    subject.step({ type: 'fleet_model', at })
  }
}

/** One device under one rule set: its state. */
export class DeviceSubject {
  readonly #replay: RuleSetReplay
  state: DeviceState | undefined

  constructor(replay: RuleSetReplay) {
    this.#replay = replay
  }

  /** Evaluate one input. */
  step(input: RuleInput): void {
    const { engine, fleetModel, findingLog } = this.#replay
    const { state, findings } = engine.step(this.state, input, fleetModel)
    this.state = state
    for (const finding of findings) findingLog.record(finding)
  }

  /** Evaluate some rows, the end excluded. */
  readRows(rows: DeviceRows, begin: number, end: number): void {
    for (let row = begin; row < end; row++) this.step({ type: 'reading', reading: rows.readingAt(row) })
  }

  /** Return the earliest time at which a tick may change anything if no other input comes first, ms. */
  nextTickAt(): number {
    return this.state === undefined ? Number.POSITIVE_INFINITY : this.#replay.engine.nextTickAt(this.state)
  }
}
