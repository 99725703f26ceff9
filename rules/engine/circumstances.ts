import type { Lessons } from '../../contract/fleet-model.ts'
import type { Circumstances } from '../detectors/detector.ts'
import type { DeviceState } from './engine.ts'
import { epochOf } from './epochs.ts'
import { beginningOf, partOf } from './part.ts'

/** What a detector is told of the device, for a rule that watches this component. */
export function circumstancesOf(state: DeviceState, component: string, lessons: Lessons): Circumstances {
  const { device, heardAt, epochs } = state
  const since = epochs[component]?.since
  const epoch = epochOf(state, component)
  return {
    device,
    part: partOf(device, epoch.number, beginningOf(device, epoch)),
    lessons,
    ...(since === undefined ? {} : { since }),
    ...(heardAt === undefined ? {} : { heardAt }),
  }
}
