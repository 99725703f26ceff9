import type { TelemetryEntry } from '../../store/journal/entry.ts'
import type { DeviceState, Engine, RuleInput } from '../engine.ts'
import type { Finding } from '../finding.ts'
import type { StateCache } from './state-cache.ts'
import type { TickedDevices } from './ticked-devices.ts'

export interface StepContext {
  engine: Engine
  cache: StateCache
  ticked: TickedDevices
}

export interface SteppedBatch {
  changed: Map<string, DeviceState>
  /** In the order of the entries that led to them. */
  findings: Finding[]
}

/** An input for a device, and the place of its entry in the batch. */
interface Placed {
  index: number
  input: RuleInput
}

/** Devices whose states are in memory at once, however many a tick concerns. */
const devicesAtOnce = 1_000

/** Steps every device through what a batch says of it. Devices do not depend on each other, so each goes by itself. */
export async function stepBatch(
  entries: readonly TelemetryEntry[],
  { engine, cache, ticked }: StepContext,
): Promise<SteppedBatch> {
  const work = [...inputsByDevice(entries, ticked)]
  const changed = new Map<string, DeviceState>()
  const found: { index: number; finding: Finding }[] = []
  for (let from = 0; from < work.length; from += devicesAtOnce) {
    const some = work.slice(from, from + devicesAtOnce)
    const states = await cache.get(some.map(([device]) => device))
    for (const [device, inputs] of some) {
      const before = states.get(device)
      let state = before
      for (const { index, input } of inputs) {
        const step = engine.step(state, input)
        state = step.state
        for (const finding of step.findings) found.push({ index, finding })
      }
      if (state !== undefined && state !== before) changed.set(device, state)
    }
  }
  found.sort((a, b) => a.index - b.index)
  return { changed, findings: found.map(({ finding }) => finding) }
}

function inputsByDevice(entries: readonly TelemetryEntry[], ticked: TickedDevices): Map<string, Placed[]> {
  const byDevice = new Map<string, Placed[]>()
  const put = (device: string, placed: Placed): void => {
    const inputs = byDevice.get(device)
    if (inputs) inputs.push(placed)
    else byDevice.set(device, [placed])
  }
  for (const [index, entry] of entries.entries()) {
    if (entry.type === 'device') ticked.meet(entry.device)
    if (entry.type === 'tick') {
      for (const device of ticked.ids()) put(device, { index, input: { type: 'tick', at: entry.at } })
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
      const { device, event, component, ts } = entry
      if (event !== 'part_replaced' || component === undefined) return undefined
      return { device, input: { type: 'part_replaced', device, component, ts } }
    }
    default:
      return undefined
  }
}
