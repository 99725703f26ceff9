import type { FleetModelEntry, RenameEntry, TelemetryEntry } from '../../contract/entry.ts'
import type { Finding } from '../../contract/finding.ts'
import type { MissingInput } from '../../contract/measurements.ts'
import type { DeviceState, Engine, RuleInput } from '../engine/engine.ts'
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
}

/** A finding, its device kind, and the entry that caused it. */
export interface SteppedFinding {
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
  /** Next tick that may matter, ms, of each device with an input in the batch, changed or not. */
  nextTicks: Map<string, number>
  /** In the order of the entries that caused them. */
  findings: SteppedFinding[]
  /** Inputs of rules that do not arrive, found in this batch. */
  missingInputs: MissingInput[]
}

/** Input of a device, and the index of its entry in the batch. */
interface IndexedInput {
  index: number
  input: RuleInput
  causedAt: number
}

interface IndexedFinding extends SteppedFinding {
  index: number
}

/** Number of device states loaded at once; bounds memory when a tick concerns the whole fleet. */
const deviceBatchSize = 1_000

/** Evaluate a batch for every device in it, each entry under the rules and the fleet model that are live there. */
export async function stepBatch(
  entries: readonly TelemetryEntry[],
  context: BatchContext,
): Promise<BatchResult> {
  const result: BatchResult = {
    liveRuleSet: context.liveRuleSet,
    changedLiveRuleSet: new Map(),
    states: new Map(),
    nextTicks: new Map(),
    findings: [],
    missingInputs: [],
  }
  for (const { entries: segment, change } of splitAtChanges(entries)) {
    await stepSegment(segment, result, context)
    if (change === undefined) continue
    if (change.type === 'renamed') {
      await renameDevice(change, result, context)
      continue
    }
    const { liveRuleSet, stateEntry } = applyChange(result.liveRuleSet, change, context)
    result.liveRuleSet = liveRuleSet
    result.changedLiveRuleSet.set(...stateEntry)
    if (change.type === 'rules') result.nextTicks.clear()
    if (change.type === 'fleet_model' && context.evaluatesCohorts) await stepCohorts(change, result, context)
  }
  return result
}

/**
 * Move the state of a device to its new id. The former id starts without state. Both are in this partition: see
 * `devicePartitionKey`.
 */
async function renameDevice(
  { from, device }: RenameEntry,
  result: BatchResult,
  { cache, tickSchedule }: Pick<BatchContext, 'cache' | 'tickSchedule'>,
): Promise<void> {
  tickSchedule.addDevice(device)
  const before = result.states.get(from) ?? (await cache.get([from])).get(from)
  if (before === undefined) return
  result.states.set(device.id, { ...before, device })
  result.nextTicks.set(device.id, Number.NEGATIVE_INFINITY)
  result.states.set(from, createDeviceState(before.device))
}

/** Evaluate a new fleet model for each cohort in it. */
async function stepCohorts(
  { at, model }: FleetModelEntry,
  result: BatchResult,
  { cache, skipped }: Pick<BatchContext, 'cache' | 'skipped'>,
): Promise<void> {
  const { engine } = result.liveRuleSet
  const cohorts = cohortDevices(model)
  const states = await cache.get(cohorts.map(({ id }) => id))
  for (const device of cohorts) {
    const before = result.states.get(device.id) ?? states.get(device.id)
    const step = skipped.skipOnError(device.id, at, () => {
      const { state: registered } = before
        ? { state: before }
        : engine.step(undefined, { type: 'device', device })
      return engine.step(registered, { type: 'fleet_model', at }, model)
    })
    if (step === undefined) continue
    if (step.state !== undefined) result.states.set(device.id, step.state)
    for (const finding of step.findings) result.findings.push({ finding, kind: device.kind, causedAt: at })
  }
}

/** Evaluate a segment, one device after the other: devices do not depend on each other. */
async function stepSegment(
  entries: readonly TelemetryEntry[],
  result: BatchResult,
  { cache, tickSchedule, skipped }: Pick<BatchContext, 'cache' | 'tickSchedule' | 'skipped'>,
): Promise<void> {
  const { engine } = result.liveRuleSet
  const work = [...groupInputsByDevice(entries, { engine, tickSchedule, nextTicks: result.nextTicks })]
  const indexedFindings: IndexedFinding[] = []
  for (let from = 0; from < work.length; from += deviceBatchSize) {
    const chunk = work.slice(from, from + deviceBatchSize)
    const states = await cache.get(chunk.map(([device]) => device))
    for (const [device, inputs] of chunk) {
      const before = result.states.get(device) ?? states.get(device)
      const { state, isChanged, isSkipped } = stepDevice(before, inputs, {
        ...result.liveRuleSet,
        indexedFindings,
        missingInputs: result.missingInputs,
        device,
        skipped,
      })
      if (state === undefined) continue
      result.nextTicks.set(device, isSkipped ? Number.NEGATIVE_INFINITY : engine.nextTickAt(state))
      if (isChanged) result.states.set(device, state)
    }
  }
  indexedFindings.sort((a, b) => a.index - b.index)
  for (const { index: _, ...found } of indexedFindings) result.findings.push(found)
}

interface DeviceStepContext extends LiveRuleSet, Pick<BatchContext, 'skipped'> {
  device: string
  indexedFindings: IndexedFinding[]
  missingInputs: MissingInput[]
}

function stepDevice(
  before: DeviceState | undefined,
  inputs: readonly IndexedInput[],
  { engine, fleetModel, indexedFindings, missingInputs, device, skipped }: DeviceStepContext,
): { state: DeviceState | undefined; isChanged: boolean; isSkipped: boolean } {
  let state = before
  let [isChanged, isSkipped] = [false, false]
  for (const { index, input, causedAt } of inputs) {
    const evaluate = () => engine.step(state, input, fleetModel)
    const step = input.type === 'tick' ? skipped.skipOnError(device, input.at, evaluate) : evaluate()
    isSkipped ||= step === undefined
    if (step === undefined) continue
    state = step.state
    isChanged ||= step.isChanged
    missingInputs.push(...(step.missingInputs ?? []))
    const kind = state?.device.kind ?? ''
    for (const finding of step.findings) indexedFindings.push({ index, finding, kind, causedAt })
  }
  return { state, isChanged, isSkipped }
}

function groupInputsByDevice(
  entries: readonly TelemetryEntry[],
  {
    engine,
    tickSchedule,
    nextTicks,
  }: Pick<BatchResult, 'nextTicks'> & { engine: Engine; tickSchedule: TickSchedule },
): Map<string, IndexedInput[]> {
  const byDevice = new Map<string, IndexedInput[]>()
  const addInput = (device: string, indexed: IndexedInput): void => {
    const inputs = byDevice.get(device)
    if (inputs) inputs.push(indexed)
    else byDevice.set(device, [indexed])
  }
  const isAffected = (id: string) => nextTicks.has(id) || byDevice.has(id)
  for (const [index, entry] of entries.entries()) {
    if (entry.type === 'device') tickSchedule.addDevice(entry.device)
    if (entry.type === 'tick') {
      for (const device of tickSchedule.devicesDue(entry.at, engine, isAffected))
        addInput(device, { index, input: entry, causedAt: entry.at })
    } else {
      const addressed = toRuleInput(entry)
      if (addressed)
        addInput(addressed.device, { index, input: addressed.input, causedAt: receivedAtOf(entry) })
    }
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
