import type { FleetModelEntry, TelemetryEntry } from '../../contract/entry.ts'
import type { Finding } from '../../contract/finding.ts'
import type { DeviceState, Engine, RuleInput, StepResult } from '../engine/engine.ts'
import { cohortDevices } from '../fleet-model/cohort-devices.ts'
import { DeviceSkippedError } from './device-skipped.ts'
import { applyChange, type CompileOptions, type LiveRuleSet } from './live-rule-set.ts'
import { splitAtChanges } from './split-at-changes.ts'
import type { StateCache } from './state-cache.ts'
import type { TickSchedule } from './tick-schedule.ts'

export interface BatchContext extends CompileOptions {
  /** At the beginning of the batch. */
  liveRuleSet: LiveRuleSet
  cache: StateCache
  tickSchedule: TickSchedule
  /** Whether the fleet as a whole is looked at here: by one partition alone. */
  evaluatesCohorts: boolean
}

export interface BatchResult {
  /** At its end. */
  liveRuleSet: LiveRuleSet
  /** What of that changed, to be kept. */
  changedLiveRuleSet: Map<string, unknown>
  /** Of the devices whose states changed. */
  states: Map<string, DeviceState>
  /** Of the devices that something was told of, changed or not: when a tick will next matter. */
  nextTicks: Map<string, number>
  /** In the order of the entries that led to them. */
  findings: Finding[]
}

/** An input for a device, and the place of its entry in the batch. */
interface IndexedInput {
  index: number
  input: RuleInput
}

interface IndexedFinding {
  index: number
  finding: Finding
}

/** Devices whose states are in memory at once, however many a tick concerns. */
const deviceBatchSize = 1_000

/** Step every device through what a batch says of it, under the rules and lessons that hold at each place of it. */
export async function stepBatch(
  entries: readonly TelemetryEntry[],
  context: BatchContext,
): Promise<BatchResult> {
  const stepped: BatchResult = {
    liveRuleSet: context.liveRuleSet,
    changedLiveRuleSet: new Map(),
    states: new Map(),
    nextTicks: new Map(),
    findings: [],
  }
  for (const { entries: segment, change } of splitAtChanges(entries)) {
    await stepSegment(segment, stepped, context)
    if (change === undefined) continue
    const { inForce, keep } = applyChange(stepped.liveRuleSet, change, context)
    stepped.liveRuleSet = inForce
    stepped.changedLiveRuleSet.set(...keep)
    if (change.type === 'rules') stepped.nextTicks.clear()
    if (change.type === 'lessons' && context.evaluatesCohorts) await stepCohorts(change, stepped, context)
  }
  return stepped
}

/** Show new lessons to the cohorts that they speak of. */
async function stepCohorts(
  { at, model: lessons }: FleetModelEntry,
  stepped: BatchResult,
  { cache, onError }: Pick<BatchContext, 'cache' | 'onError'>,
): Promise<void> {
  const { engine } = stepped.liveRuleSet
  const cohorts = cohortDevices(lessons)
  const states = await cache.get(cohorts.map(({ id }) => id))
  for (const device of cohorts) {
    const before = stepped.states.get(device.id) ?? states.get(device.id)
    const step = skipOnError({ device: device.id, onError }, () => {
      const { state: known } = before ? { state: before } : engine.step(undefined, { type: 'device', device })
      return engine.step(known, { type: 'lessons', at }, lessons)
    })
    if (step === undefined) continue
    if (step.state !== undefined) stepped.states.set(device.id, step.state)
    stepped.findings.push(...step.findings)
  }
}

/** Devices do not depend on each other, so each goes by itself. */
async function stepSegment(
  entries: readonly TelemetryEntry[],
  stepped: BatchResult,
  { cache, tickSchedule, onError }: Pick<BatchContext, 'cache' | 'tickSchedule' | 'onError'>,
): Promise<void> {
  const { engine } = stepped.liveRuleSet
  const work = [...groupInputsByDevice(entries, { engine, tickSchedule, nextTicks: stepped.nextTicks })]
  const indexedFindings: IndexedFinding[] = []
  for (let from = 0; from < work.length; from += deviceBatchSize) {
    const chunk = work.slice(from, from + deviceBatchSize)
    const states = await cache.get(chunk.map(([device]) => device))
    for (const [device, inputs] of chunk) {
      const before = stepped.states.get(device) ?? states.get(device)
      const { state, isSkipped } = stepDevice(before, inputs, {
        ...stepped.liveRuleSet,
        indexedFindings,
        device,
        onError,
      })
      if (state === undefined) continue
      stepped.nextTicks.set(device, isSkipped ? Number.NEGATIVE_INFINITY : engine.nextTickAt(state))
      if (state !== before) stepped.states.set(device, state)
    }
  }
  indexedFindings.sort((a, b) => a.index - b.index)
  for (const { finding } of indexedFindings) stepped.findings.push(finding)
}

interface DeviceStepContext extends LiveRuleSet, SkipContext {
  indexedFindings: IndexedFinding[]
}

function stepDevice(
  before: DeviceState | undefined,
  inputs: readonly IndexedInput[],
  { engine, fleetModel: lessons, indexedFindings: found, ...context }: DeviceStepContext,
): { state: DeviceState | undefined; isSkipped: boolean } {
  let state = before
  let isSkipped = false
  for (const { index, input } of inputs) {
    const evaluate = () => engine.step(state, input, lessons)
    const step = input.type === 'tick' ? skipOnError(context, evaluate) : evaluate()
    isSkipped ||= step === undefined
    if (step === undefined) continue
    state = step.state
    for (const finding of step.findings) found.push({ index, finding })
  }
  return { state, isSkipped }
}

interface SkipContext extends Pick<CompileOptions, 'onError'> {
  device: string
}

/**
 * Of an entry that concerns many devices, one that cannot take it is left out and told of, so that the others have it.
 * It gets the next one of the kind: ticks and lessons come again.
 */
function skipOnError({ device, onError }: SkipContext, step: () => StepResult): StepResult | undefined {
  try {
    return step()
  } catch (cause) {
    onError(new DeviceSkippedError(device, cause))
    return undefined
  }
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
  const addInput = (device: string, placed: IndexedInput): void => {
    const inputs = byDevice.get(device)
    if (inputs) inputs.push(placed)
    else byDevice.set(device, [placed])
  }
  const isAffected = (id: string) => nextTicks.has(id) || byDevice.has(id)
  for (const [index, entry] of entries.entries()) {
    if (entry.type === 'device') tickSchedule.addDevice(entry.device)
    if (entry.type === 'tick') {
      for (const device of tickSchedule.devicesDue(entry.at, engine, isAffected))
        addInput(device, { index, input: entry })
    } else {
      const addressed = toRuleInput(entry)
      if (addressed) addInput(addressed.device, { index, input: addressed.input })
    }
  }
  return byDevice
}

/** What an entry tells the rules, and of which device; most kinds of entries tell them nothing. */
function toRuleInput(entry: TelemetryEntry): { device: string; input: RuleInput } | undefined {
  switch (entry.type) {
    case 'reading': {
      const { reading, receivedAt } = entry
      return { device: reading.device, input: { type: 'reading', reading, receivedAt } }
    }
    case 'device':
      return { device: entry.device.id, input: { type: 'device', device: entry.device } }
    case 'event': {
      const { device, event, component, ts, receivedAt } = entry
      if (event !== 'part_replaced' || component === undefined) return undefined
      return { device, input: { type: 'part_replaced', device, component, ts, receivedAt } }
    }
    default:
      return undefined
  }
}
