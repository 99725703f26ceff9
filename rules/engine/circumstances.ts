import type { Circumstances } from '../detectors/detector.ts'
import type { DeviceState } from '../engine.ts'
import type { Lessons } from '../lessons.ts'

/** What a detector is told of the device, for a rule that watches this component. */
export function circumstancesOf(
  { device, heardAt, epochs }: DeviceState,
  component: string,
  lessons: Lessons,
): Circumstances {
  const since = epochs[component]?.since
  return {
    device,
    lessons,
    ...(since === undefined ? {} : { since }),
    ...(heardAt === undefined ? {} : { heardAt }),
  }
}
