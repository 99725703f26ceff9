import { emptyFleetModel, type FleetModel } from '../../../contract/fleet-model.ts'
import { EventLoopTurn } from '../../../lib/event-loop-turn.ts'
import { createEngine } from '../../../rules/engine/create-engine.ts'
import type { Kinds } from '../../../rules/files/kinds.ts'
import type { FleetModelParts } from '../../../rules/fleet-model/fleet-model-builder.ts'
import type { SeriesColumn } from '../../../store/series/columns.ts'
import type { HistoryDevice, PartReplacement } from '../replay-history.ts'
import type { RuleSets } from '../rule-sets.ts'
import { DeviceReplay, type ReplayBound } from './device-replay.ts'
import { DeviceRows } from './device-rows.ts'
import type { Fleet, FleetFindings } from './fleet.ts'
import { RuleSetReplay } from './rule-set-replay.ts'

/** Readings of a device that are replayed at once: some milliseconds. */
const readingsPerTurn = 1_000

export interface ReplayFleetOptions {
  devices: readonly HistoryDevice[]
  kinds: Kinds
  rules: RuleSets
  /** Whether to replay the live rules as well. */
  compareWithLive: boolean
  /** In order of time. */
  replacements: readonly PartReplacement[]
  /** Start of the replay, and of the period that counts, ms. */
  begin: number
  from: number
}

/** Replays devices, each on its own, under one rule set or two. */
export class ReplayFleet implements Fleet {
  readonly #candidate: RuleSetReplay
  readonly #live: RuleSetReplay | undefined
  readonly #replays: readonly RuleSetReplay[]
  readonly #devices = new Map<string, DeviceReplay>()
  /** By kind: the metrics to replay; undefined for all. */
  readonly #metrics = new Map<string, ReadonlySet<string> | undefined>()
  readonly #from: number
  #readingsLearned = 0

  constructor(options: ReplayFleetOptions) {
    const { devices, kinds, rules, compareWithLive, replacements, begin, from } = options
    this.#candidate = new RuleSetReplay(createEngine({ kinds, rules: rules.candidate }))
    this.#live = compareWithLive ? new RuleSetReplay(createEngine({ kinds, rules: rules.live })) : undefined
    const replays = this.#live ? [this.#candidate, this.#live] : [this.#candidate]
    this.#replays = replays
    this.#from = from
    const replacementsOf = groupByDevice(replacements)
    for (const device of devices) {
      const own = replacementsOf.get(device.id) ?? []
      const replay = new DeviceReplay({ device, replacements: own, replays, begin, from })
      this.#devices.set(device.id, replay)
      if (!this.#metrics.has(device.kind)) this.#metrics.set(device.kind, metricsOf(replays, device.kind))
    }
  }

  /** Metrics to read of all devices; undefined for all. */
  get metrics(): string[] | undefined {
    const all = new Set<string>()
    for (const metrics of this.#metrics.values()) {
      if (metrics === undefined) return undefined
      for (const metric of metrics) all.add(metric)
    }
    return [...all]
  }

  /** Whether the devices learn from each other: then they are replayed in step, day by day. */
  get learns(): boolean {
    return [...this.#metrics.keys()].some((kind) =>
      this.#replays.some(({ engine }) => engine.contributes(kind)),
    )
  }

  /** Number of replayed readings. */
  get readings(): number {
    let sum = 0
    for (const { readings } of this.#devices.values()) sum += readings
    return sum
  }

  /** Give the values of the next slice of time. */
  async load(columns: readonly SeriesColumn[]): Promise<void> {
    const byDevice = groupByDevice(columns)
    for (const [id, device] of this.#devices) {
      const metrics = this.#metrics.get(device.kind)
      const own = byDevice.get(id)?.filter(({ metric }) => metrics?.has(metric) ?? true) ?? []
      device.load(own.length === 0 ? undefined : new DeviceRows(id, own))
    }
  }

  /** Replay all devices up to a bound, in turns of the event loop. @param onTurn gets the share of the devices that is done */
  async advance(bound: ReplayBound, onTurn: (share: number) => void): Promise<void> {
    const turn = new EventLoopTurn()
    let count = 0
    for (const device of this.#devices.values()) {
      while (!device.advance(bound, readingsPerTurn)) {
        if (turn.isOver) await this.#yield(turn, () => onTurn(count / this.#devices.size))
      }
      count += 1
      if (turn.isOver) await this.#yield(turn, () => onTurn(count / this.#devices.size))
    }
  }

  async #yield(turn: EventLoopTurn, onTurn: () => void): Promise<void> {
    onTurn()
    await turn.next()
  }

  async endWarmUp(): Promise<void> {
    for (const { findingLog } of this.#replays) findingLog.endWarmUp(this.#from)
  }

  async learn(at: number): Promise<boolean> {
    const { readings } = this
    // Without new readings a fleet model would stay the same.
    if (readings !== this.#readingsLearned) {
      this.#readingsLearned = readings
      for (const replay of this.#replays) replay.buildFleetModel([replay.contributions()], at)
    }
    return this.#replays.some(({ hasLearned }) => hasLearned)
  }

  /** Return what the devices contribute to the fleet model of each rule set. */
  contributions(): FleetModelParts[] {
    return this.#replays.map((replay) => replay.contributions())
  }

  /** Set the fleet model of each rule set, that of the whole fleet. */
  setFleetModels(models: readonly FleetModel[]): void {
    for (const [index, replay] of this.#replays.entries())
      replay.fleetModel = models[index] ?? emptyFleetModel
  }

  async findings(): Promise<FleetFindings> {
    const observed = new Map<string, number>()
    for (const { kind, observedMs } of this.#devices.values())
      observed.set(kind, (observed.get(kind) ?? 0) + observedMs)
    return {
      readings: this.readings,
      observedMs: [...observed],
      candidate: this.#candidate.findingLog.contents(),
      ...(this.#live && { live: this.#live.findingLog.contents() }),
    }
  }

  async close(): Promise<void> {
    await this.load([])
  }
}

function groupByDevice<T extends { device: string }>(all: readonly T[]): ReadonlyMap<string, T[]> {
  const groups = new Map<string, T[]>()
  for (const one of all) {
    const group = groups.get(one.device)
    if (group === undefined) groups.set(one.device, [one])
    else group.push(one)
  }
  return groups
}

/** Return the metrics that the rule sets need together; undefined for all of them. */
function metricsOf(replays: readonly RuleSetReplay[], kind: string): ReadonlySet<string> | undefined {
  const all = new Set<string>()
  for (const { engine } of replays) {
    const needed = engine.neededMetrics(kind)
    if (needed === undefined) return undefined
    for (const metric of needed) all.add(metric)
  }
  return all
}
