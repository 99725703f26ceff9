import type { Finding } from '../../../contract/finding.ts'
import { emptyFleetModel, type FleetModel } from '../../../contract/fleet-model.ts'
import type { Reading } from '../../../contract/reading.ts'
import { dayMs } from '../../../lib/time.ts'
import type { DeviceState, Engine, RuleInput } from '../../../rules/engine/engine.ts'
import { FleetModelBuilder } from '../../../rules/fleet-model/fleet-model-builder.ts'
import type { RecordedPhone } from './recorded-phones.ts'

/** A phone with all that the rules found. */
export interface ReplayedPhone {
  phone: RecordedPhone
  findings: readonly Finding[]
}

/**
 * Replay each phone with the fleet model of all others, as the fleet model builder makes it of their states at the end of their
 * records (leave-one-out): a fleet that has been observed for long.
 */
export function replayEach(
  engine: Engine,
  phones: readonly RecordedPhone[],
  fleet: readonly RecordedPhone[],
): ReplayedPhone[] {
  const states = new Map(fleet.map((one) => [one, replayWith(engine, one, emptyFleetModel).state]))
  return phones.map((phone) => {
    const others = fleet.filter(({ device }) => device.id !== phone.device.id)
    const fleetModel = buildFleetModel(
      engine,
      others.map((other) => states.get(other)),
      phone.readings.at(-1)?.ts ?? 0,
    )
    return replayWith(engine, phone, fleetModel)
  })
}

/**
 * Replay all phones together on their calendar, with a new fleet model at the start of each day, as live. The lifetime of a phone is
 * in it too, but does not count for itself.
 */
export function replayTogether(
  engine: Engine,
  phones: readonly RecordedPhone[],
  fleet: readonly RecordedPhone[],
): ReplayedPhone[] {
  const replays = new Map(
    [...phones, ...fleet].map((phone) => [phone.device.id, new PhoneReplay(engine, phone)]),
  )
  const replayOf = (phone: RecordedPhone) => replays.get(phone.device.id) ?? new PhoneReplay(engine, phone)
  const readings = [...replays.values()].flatMap(({ phone }) => phone.readings).sort((a, b) => a.ts - b.ts)
  let [day, fleetModel] = [Number.NEGATIVE_INFINITY, emptyFleetModel]
  for (const reading of readings) {
    const today = Math.floor(reading.ts / dayMs)
    if (today > day) {
      day = today
      const states = fleet.map((one) => replayOf(one).state)
      fleetModel = buildFleetModel(engine, states, today * dayMs)
    }
    replays.get(reading.device)?.read(reading, fleetModel)
  }
  return phones.map(replayOf)
}

function replayWith(engine: Engine, phone: RecordedPhone, fleetModel: FleetModel): PhoneReplay {
  const replay = new PhoneReplay(engine, phone)
  for (const reading of phone.readings) replay.read(reading, fleetModel)
  return replay
}

function buildFleetModel(
  engine: Engine,
  states: readonly (DeviceState | undefined)[],
  at: number,
): FleetModel {
  const builder = new FleetModelBuilder(engine)
  for (const state of states) if (state !== undefined) builder.add(state)
  return builder.build(at)
}

/** The replay of one phone: its readings, and a tick each day between them. */
class PhoneReplay implements ReplayedPhone {
  readonly phone: RecordedPhone
  readonly findings: Finding[] = []
  readonly #engine: Engine
  #lastAt: number | undefined
  /** Absent before the first reading. */
  state: DeviceState | undefined

  constructor(engine: Engine, phone: RecordedPhone) {
    this.phone = phone
    this.#engine = engine
  }

  read(reading: Reading, fleetModel: FleetModel): void {
    const { device } = this.phone
    if (this.#lastAt === undefined) this.#step({ type: 'device', device }, fleetModel)
    else if (this.#engine.needsTicks(device.kind)) this.#tickUntil(reading.ts, this.#lastAt, fleetModel)
    this.#step({ type: 'reading', reading }, fleetModel)
    this.#lastAt = reading.ts
  }

  #tickUntil(end: number, begin: number, fleetModel: FleetModel): void {
    for (let at = (Math.floor(begin / dayMs) + 1) * dayMs; at < end; at += dayMs)
      this.#step({ type: 'tick', at }, fleetModel)
  }

  #step(input: RuleInput, fleetModel: FleetModel): void {
    const step = this.#engine.step(this.state, input, fleetModel)
    this.state = step.state
    this.findings.push(...step.findings)
  }
}
