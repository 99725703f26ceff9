import type { Device } from '../../../contract/device.ts'
import { emptyFleetModel, type FleetModel } from '../../../contract/fleet-model.ts'
import type { DeviceState, Engine, RuleInput } from '../../../rules/engine/engine.ts'
import { deviceOfPart } from '../../../rules/engine/evaluation-context.ts'
import { cohortDevices } from '../../../rules/fleet-model/cohort-devices.ts'
import { FleetModelBuilder, type FleetModelParts } from '../../../rules/fleet-model/fleet-model-builder.ts'
import { FindingLog } from '../finding-log.ts'
import type { DeviceRows } from './device-rows.ts'

/** The replay of one rule set: its state of each device, and its findings. */
export class RuleSetReplay {
  readonly engine: Engine
  readonly findingLog = new FindingLog()
  #subjects: DeviceSubject[] = []
  readonly #cohorts = new Map<string, DeviceSubject>()
  fleetModel: FleetModel = emptyFleetModel

  constructor(engine: Engine) {
    this.engine = engine
  }

  /** Add a device. */
  addSubject(): DeviceSubject {
    const subject = new DeviceSubject(this)
    this.#subjects.push(subject)
    return subject
  }

  /** Return what the devices contribute to the fleet model by their states so far. */
  contributions(): FleetModelParts {
    const builder = new FleetModelBuilder(this.engine)
    for (const { state } of this.#subjects) if (state !== undefined) builder.add(state)
    const parts = builder.parts()
    const sampled = parts.lifetimes.flatMap(({ sample }) => sample.contributions)
    this.#sortSubjects(new Set(sampled.map(({ lifetime }) => deviceOfPart(lifetime.partId ?? ''))))
    return parts
  }

  /** Whether there is a fleet model with anything in it. */
  get hasLearned(): boolean {
    const { lifetimes, cohortStats } = this.fleetModel
    return Object.keys(lifetimes).length + Object.keys(cohortStats).length > 0
  }

  /** Build the fleet model of all devices, and evaluate its cohorts; it holds from now on. */
  buildFleetModel(parts: readonly FleetModelParts[], at: number): void {
    const builder = new FleetModelBuilder(this.engine)
    for (const part of parts) builder.addParts(part)
    this.fleetModel = { version: 'replay', ...builder.buildUnversioned(at, this.fleetModel) }
    for (const cohort of cohortDevices(this.fleetModel)) this.#evaluateCohort(cohort, at)
  }

  /** Begin with those that were sampled last time: the sample is then full, and the points of most others are not listed. */
  #sortSubjects(contributed: ReadonlySet<string>): void {
    const isFirst = ({ state }: DeviceSubject) => state !== undefined && contributed.has(state.device.id)
    this.#subjects = [...this.#subjects.filter(isFirst), ...this.#subjects.filter((one) => !isFirst(one))]
  }

  #evaluateCohort(cohort: Device, at: number): void {
    const subject = this.#cohorts.get(cohort.id) ?? new DeviceSubject(this)
    this.#cohorts.set(cohort.id, subject)
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
