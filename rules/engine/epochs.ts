import type { DeviceState, Epoch } from './engine.ts'

const initialEpoch: Epoch = { number: 0, since: Number.NEGATIVE_INFINITY }

/** Return the current epoch of a component. */
export function epochOf(state: DeviceState, component: string): Epoch {
  return state.epochs[component] ?? initialEpoch
}
