import type { FleetModelEntry, RenameEntry, TelemetryEntry, TickEntry } from '../../contract/entry.ts'
import type { Finding } from '../../contract/finding.ts'
import type { MissingInput } from '../../contract/measurements.ts'
import { EventLoopTurn } from '../../lib/event-loop-turn.ts'
import type { Batch } from '../../store/journal/journal.ts'
import type { DeviceState, RuleInput } from '../engine/engine.ts'
import { createDeviceState } from '../engine/register-device.ts'
import { cohortDevices } from '../fleet-model/cohort-devices.ts'
import { applyChange, type CompileOptions, type LiveRuleSet } from './live-rule-set.ts'
import type { SkippedInputs } from './skipped-inputs.ts'
import { splitAtChanges } from './split-at-changes.ts'
import type { StateCache } from './state-cache.ts'
import type { TickSchedule } from './tick-schedule.ts'

export interface BatchContext extends CompileOptions {
  /** Inputs of devices that failed when the batch was evaluated before. */
  skipped: SkippedInputs
  /** At the start of the batch. */
  liveRuleSet: LiveRuleSet
  cache: StateCache
  tickSchedule: TickSchedule
  /** Whether this partition evaluates the cohorts; only one does. */
  evaluatesCohorts: boolean
  /** Takes what is evaluated before the batch is complete. */
  portions: Portions
}

/** An input of more devices than `devices` is evaluated and stored in portions, so that they need not all be in memory. */
export interface Portions {
  devices: number
  /** Devices whose states can only be stored together with others. */
  isBound(device: string): boolean
  /** Store what was found in entries before an offset. */
  report(findings: SteppedFinding[], offset: number): Promise<void>
  /** Store states that are evaluated up to an offset, and what was found meanwhile. */
  store(portion: Pick<BatchResult, 'states' | 'findings'>, offset: number): Promise<void>
}

/** A finding, its device kind, and the entry that caused it. */
export interface SteppedFinding {
  /** Offset of the entry. */
  offset: number
  finding: Finding
  /** Of the device. */
  kind: string
  /** When the entry that led to it was received or made, ms. */
  causedAt: number
}

export interface BatchResult {
  /** At the end of the batch. */
  liveRuleSet: LiveRuleSet
  /** State entries of the live rule set that changed, to be stored. */
  changedLiveRuleSet: Map<string, unknown>
  /** States of the devices that changed. */
  states: Map<string, DeviceState>
  /** Former and present ids of renamed devices: neither state makes sense without the other. */
  renamed: string[]
  /** In the order of the entries that caused them. */
  findings: SteppedFinding[]
  /** Inputs of rules that do not arrive, found in this batch. */
  missingInputs: MissingInput[]
}

/** Input of a device, and the offset of its entry. */
interface OffsetInput {
  offset: number
  input: RuleInput
  causedAt: number
}

/** Number of device states loaded at once: reading them holds up the event loop. */
const loadedAtOnce = 20

/**
 * Evaluate a batch for every device in it, each entry under the rules and the fleet model that are live there. Entries that a
 * stored state has already are left out.
 */
export async function stepBatch(
  { from: batchFrom, entries }: Pick<Batch<TelemetryEntry>, 'from' | 'entries'>,
  context: BatchContext,
): Promise<BatchResult> {
  const result: BatchResult = {
    liveRuleSet: context.liveRuleSet,
    changedLiveRuleSet: new Map(),
    states: new Map(),
    renamed: [],
    findings: [],
    missingInputs: [],
  }
  for (const { entries: segment, from, change } of splitAtChanges(entries)) {
    await stepSegment({ from: batchFrom + from, entries: segment }, result, context)
    if (change === undefined) continue
    const offset = batchFrom + from + segment.length
    if (change.type === 'renamed') await renameDevice(change, offset, result, context)
    else if (change.type === 'tick') await stepTick(change, offset, result, context)
    else {
      const { liveRuleSet, stateEntry } = applyChange(result.liveRuleSet, change, context)
      result.liveRuleSet = liveRuleSet
      result.changedLiveRuleSet.set(...stateEntry)
      if (change.type === 'fleet_model' && context.evaluatesCohorts)
        await stepCohorts(change, offset, result, context)
    }
  }
  return result
}

/**
 * Move the state of a device to its new id. The former id starts without state. Both are in this partition: see
 * `devicePartitionKey`.
 */
async function renameDevice(
  { from, device }: RenameEntry,
  offset: number,
  result: BatchResult,
  { cache, tickSchedule }: BatchContext,
): Promise<void> {
  tickSchedule.addDevice(device)
  const states = await cache.get([from, device.id])
  const before = result.states.get(from) ?? states.get(from)
  if (before === undefined || isEvaluated(before, offset)) return
  result.states.set(device.id, { ...before, device })
  tickSchedule.schedule(result.liveRuleSet.engine, device.id, Number.NEGATIVE_INFINITY)
  result.states.set(from, createDeviceState(before.device))
  result.renamed.push(from, device.id)
}

/** Evaluate a new fleet model for each cohort in it. */
async function stepCohorts(
  { at, model }: FleetModelEntry,
  offset: number,
  result: BatchResult,
  { cache, skipped }: BatchContext,
): Promise<void> {
  const { engine } = result.liveRuleSet
  const cohorts = cohortDevices(model)
  const states = await cache.get(cohorts.map(({ id }) => id))
  for (const device of cohorts) {
    const before = result.states.get(device.id) ?? states.get(device.id)
    if (isEvaluated(before, offset)) continue
    const step = skipped.skipOnError(device.id, at, () => {
      const { state: registered } = before
        ? { state: before }
        : engine.step(undefined, { type: 'device', device })
      return engine.step(registered, { type: 'fleet_model', at }, model)
    })
    if (step === undefined) continue
    if (step.state !== undefined) result.states.set(device.id, step.state)
    for (const finding of step.findings)
      result.findings.push({ offset, finding, kind: device.kind, causedAt: at })
  }
}

/**
 * Evaluate a tick for the devices that it may matter to. After a start, or a change of rules, these are all of the fleet:
 * then in portions.
 */
async function stepTick(
  tick: TickEntry,
  offset: number,
  result: BatchResult,
  context: BatchContext,
): Promise<void> {
  const { tickSchedule, cache, portions, skipped } = context
  const inputs = [{ offset, input: tick, causedAt: tick.at }]
  const due = tickSchedule.devicesDue(tick.at, result.liveRuleSet.engine)
  if (due.length <= portions.devices) {
    await stepDevices(new Map(due.map((device) => [device, inputs])), result, context)
    return
  }
  const renamed = new Set(result.renamed)
  const isBound = (device: string) => renamed.has(device) || portions.isBound(device)
  const bound = due.filter(isBound)
  await portions.report(result.findings.splice(0), offset)
  await stepDevices(new Map(bound.map((device) => [device, inputs])), result, context)
  const free = due.filter((device) => !isBound(device))
  for (let from = 0; from < free.length && skipped.isComplete; from += portions.devices) {
    const some = free.slice(from, from + portions.devices)
    const portion = { ...result, states: new Map<string, DeviceState>(), findings: [] }
    for (const device of some) {
      const state = result.states.get(device)
      if (state !== undefined) portion.states.set(device, state)
    }
    await stepDevices(new Map(some.map((device) => [device, inputs])), portion, context)
    if (!skipped.isComplete) return
    await portions.store(portion, offset + 1)
    cache.put(portion.states)
    for (const device of some) result.states.delete(device)
  }
}

/** Evaluate the entries of a segment. */
async function stepSegment(
  batch: Pick<Batch<TelemetryEntry>, 'from' | 'entries'>,
  result: BatchResult,
  context: BatchContext,
): Promise<void> {
  const findings: SteppedFinding[] = []
  await stepDevices(groupInputsByDevice(batch, context.tickSchedule), { ...result, findings }, context)
  findings.sort((a, b) => a.offset - b.offset)
  for (const found of findings) result.findings.push(found)
}

/** Evaluate the inputs of one device after the other: devices do not depend on each other. */
async function stepDevices(
  work: ReadonlyMap<string, readonly OffsetInput[]>,
  result: BatchResult,
  { cache, tickSchedule, skipped }: BatchContext,
): Promise<void> {
  const { engine } = result.liveRuleSet
  const turn = new EventLoopTurn()
  const all = [...work]
  for (let from = 0; from < all.length; from += loadedAtOnce) {
    const some = all.slice(from, from + loadedAtOnce)
    const states = await cache.get(some.map(([device]) => device))
    for (const [device, inputs] of some) {
      const before = result.states.get(device) ?? states.get(device)
      const context = { result, device, skipped, turn }
      const { state, isChanged, nextTickAt } = await stepDevice(before, inputs, context)
      if (state !== undefined) tickSchedule.schedule(engine, device, nextTickAt ?? engine.nextTickAt(state))
      if (state !== undefined && isChanged) result.states.set(device, state)
    }
    if (turn.isOver) await turn.next()
  }
}

interface DeviceStepContext extends Pick<BatchContext, 'skipped'> {
  device: string
  result: BatchResult
  turn: EventLoopTurn
}

async function stepDevice(
  before: DeviceState | undefined,
  inputs: readonly OffsetInput[],
  { result, device, skipped, turn }: DeviceStepContext,
): Promise<{ state: DeviceState | undefined; isChanged: boolean; nextTickAt?: number }> {
  const { engine, fleetModel } = result.liveRuleSet
  let state = before
  let [isChanged, isSkipped] = [false, false]
  for (const { offset, input, causedAt } of inputs) {
    if (isEvaluated(before, offset)) continue
    if (turn.isOver) await turn.next()
    const evaluate = () => engine.step(state, input, fleetModel)
    const step = input.type === 'tick' ? skipped.skipOnError(device, input.at, evaluate) : evaluate()
    isSkipped ||= step === undefined
    if (step === undefined) continue
    state = step.state
    isChanged ||= step.isChanged
    result.missingInputs.push(...(step.missingInputs ?? []))
    const kind = state?.device.kind ?? ''
    for (const finding of step.findings) result.findings.push({ offset, finding, kind, causedAt })
  }
  return { state, isChanged, ...(isSkipped && { nextTickAt: Number.NEGATIVE_INFINITY }) }
}

/** Return whether a stored state has an entry already: a checkpoint was not completed before a crash. */
function isEvaluated(stored: DeviceState | undefined, offset: number): boolean {
  return offset < (stored?.evaluatedUpTo ?? 0)
}

function groupInputsByDevice(
  { from, entries }: Pick<Batch<TelemetryEntry>, 'from' | 'entries'>,
  tickSchedule: TickSchedule,
): Map<string, OffsetInput[]> {
  const byDevice = new Map<string, OffsetInput[]>()
  for (const [index, entry] of entries.entries()) {
    if (entry.type === 'device') tickSchedule.addDevice(entry.device)
    const addressed = toRuleInput(entry)
    if (addressed === undefined) continue
    const input = { offset: from + index, input: addressed.input, causedAt: receivedAtOf(entry) }
    const inputs = byDevice.get(addressed.device)
    if (inputs) inputs.push(input)
    else byDevice.set(addressed.device, [input])
  }
  return byDevice
}

function receivedAtOf(entry: TelemetryEntry): number {
  return 'receivedAt' in entry ? entry.receivedAt : entry.at
}

/** Return the rule input of an entry and its device; undefined for entries that rules do not use. */
function toRuleInput(entry: TelemetryEntry): { device: string; input: RuleInput } | undefined {
  switch (entry.type) {
    case 'reading': {
      const { reading, receivedAt } = entry
      return { device: reading.device, input: { type: 'reading', reading, receivedAt } }
    }
    case 'device': {
      const { device, receivedAt } = entry
      return { device: device.id, input: { type: 'device', device, receivedAt } }
    }
    case 'event': {
      const { device, event, component, ts, receivedAt } = entry
      if (event !== 'part_replaced' || component === undefined) return undefined
      return { device, input: { type: 'part_replaced', device, component, ts, receivedAt } }
    }
    case 'heard':
      return { device: entry.device, input: { type: 'heard', at: entry.receivedAt } }
    case 'presence':
      // A last will is the broker's, and a retained announcement is from an earlier time.
      if (entry.state !== 'online' || entry.retained) return undefined
      return { device: entry.device, input: { type: 'heard', at: entry.receivedAt } }
    default:
      return undefined
  }
}
