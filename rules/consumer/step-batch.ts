import type { LessonsEntry, TelemetryEntry } from '../../contract/entry.ts'
import type { Finding } from '../../contract/finding.ts'
import type { DeviceState, Engine, RuleInput, Step } from '../engine/engine.ts'
import { fleetCohorts } from '../fleet-model/fleet-cohorts.ts'
import { DeviceLeftOutError } from './device-left-out.ts'
import { type CompileOptions, changed, type InForce } from './in-force.ts'
import { segmentsOf } from './segments.ts'
import type { StateCache } from './state-cache.ts'
import type { TickedDevices } from './ticked-devices.ts'

export interface StepContext extends CompileOptions {
  /** At the beginning of the batch. */
  inForce: InForce
  cache: StateCache
  ticked: TickedDevices
  /** Whether the fleet as a whole is looked at here: by one partition alone. */
  cohorts: boolean
}

export interface SteppedBatch {
  /** At its end. */
  inForce: InForce
  /** What of that changed, to be kept. */
  keep: Map<string, unknown>
  /** Of the devices whose states changed. */
  states: Map<string, DeviceState>
  /** Of the devices that something was told of, changed or not: when a tick will next matter. */
  wakes: Map<string, number>
  /** In the order of the entries that led to them. */
  findings: Finding[]
}

/** An input for a device, and the place of its entry in the batch. */
interface Placed {
  index: number
  input: RuleInput
}

interface PlacedFinding {
  index: number
  finding: Finding
}

/** Devices whose states are in memory at once, however many a tick concerns. */
const devicesAtOnce = 1_000

/** Steps every device through what a batch says of it, under the rules and lessons that hold at each place of it. */
export async function stepBatch(
  entries: readonly TelemetryEntry[],
  context: StepContext,
): Promise<SteppedBatch> {
  const stepped: SteppedBatch = {
    inForce: context.inForce,
    keep: new Map(),
    states: new Map(),
    wakes: new Map(),
    findings: [],
  }
  for (const { entries: segment, change } of segmentsOf(entries)) {
    await stepSegment(segment, stepped, context)
    if (change === undefined) continue
    const { inForce, keep } = changed(stepped.inForce, change, context)
    stepped.inForce = inForce
    stepped.keep.set(...keep)
    if (change.type === 'rules') stepped.wakes.clear()
    if (change.type === 'lessons' && context.cohorts) await stepCohorts(change, stepped, context)
  }
  return stepped
}

/** Shows new lessons to the cohorts that they speak of. */
async function stepCohorts(
  { at, lessons }: LessonsEntry,
  stepped: SteppedBatch,
  { cache, onError }: Pick<StepContext, 'cache' | 'onError'>,
): Promise<void> {
  const { engine } = stepped.inForce
  const cohorts = fleetCohorts(lessons)
  const states = await cache.get(cohorts.map(({ id }) => id))
  for (const device of cohorts) {
    const before = stepped.states.get(device.id) ?? states.get(device.id)
    const step = orLeftOut({ device: device.id, onError }, () => {
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
  stepped: SteppedBatch,
  { cache, ticked, onError }: Pick<StepContext, 'cache' | 'ticked' | 'onError'>,
): Promise<void> {
  const { engine } = stepped.inForce
  const work = [...inputsByDevice(entries, { engine, ticked, wakes: stepped.wakes })]
  const found: PlacedFinding[] = []
  for (let from = 0; from < work.length; from += devicesAtOnce) {
    const some = work.slice(from, from + devicesAtOnce)
    const states = await cache.get(some.map(([device]) => device))
    for (const [device, inputs] of some) {
      const before = stepped.states.get(device) ?? states.get(device)
      const { state, isLeftOut } = stepDevice(before, inputs, { ...stepped.inForce, found, device, onError })
      if (state === undefined) continue
      stepped.wakes.set(device, isLeftOut ? Number.NEGATIVE_INFINITY : engine.wakesAt(state))
      if (state !== before) stepped.states.set(device, state)
    }
  }
  found.sort((a, b) => a.index - b.index)
  for (const { finding } of found) stepped.findings.push(finding)
}

interface DeviceContext extends InForce, LeftOut {
  found: PlacedFinding[]
}

function stepDevice(
  before: DeviceState | undefined,
  inputs: readonly Placed[],
  { engine, lessons, found, ...context }: DeviceContext,
): { state: DeviceState | undefined; isLeftOut: boolean } {
  let state = before
  let isLeftOut = false
  for (const { index, input } of inputs) {
    const told = () => engine.step(state, input, lessons)
    const step = input.type === 'tick' ? orLeftOut(context, told) : told()
    isLeftOut ||= step === undefined
    if (step === undefined) continue
    state = step.state
    for (const finding of step.findings) found.push({ index, finding })
  }
  return { state, isLeftOut }
}

interface LeftOut extends Pick<CompileOptions, 'onError'> {
  device: string
}

/**
 * Of an entry that concerns many devices, one that cannot take it is left out and told of, so that the others have it.
 * It gets the next one of the kind: ticks and lessons come again.
 */
function orLeftOut({ device, onError }: LeftOut, step: () => Step): Step | undefined {
  try {
    return step()
  } catch (cause) {
    onError(new DeviceLeftOutError(device, cause))
    return undefined
  }
}

function inputsByDevice(
  entries: readonly TelemetryEntry[],
  { engine, ticked, wakes }: Pick<SteppedBatch, 'wakes'> & { engine: Engine; ticked: TickedDevices },
): Map<string, Placed[]> {
  const byDevice = new Map<string, Placed[]>()
  const put = (device: string, placed: Placed): void => {
    const inputs = byDevice.get(device)
    if (inputs) inputs.push(placed)
    else byDevice.set(device, [placed])
  }
  const isTold = (id: string) => wakes.has(id) || byDevice.has(id)
  for (const [index, entry] of entries.entries()) {
    if (entry.type === 'device') ticked.meet(entry.device)
    if (entry.type === 'tick') {
      for (const device of ticked.due(entry.at, engine, isTold)) put(device, { index, input: entry })
    } else {
      const told = inputOf(entry)
      if (told) put(told.device, { index, input: told.input })
    }
  }
  return byDevice
}

/** What an entry tells the rules, and of which device; most kinds of entries tell them nothing. */
function inputOf(entry: TelemetryEntry): { device: string; input: RuleInput } | undefined {
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
