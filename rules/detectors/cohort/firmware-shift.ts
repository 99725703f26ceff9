import type { Device } from '../../../contract/device.ts'
import type { Peers } from '../../../contract/fleet-model.ts'
import { deviation, type Side } from './compare.ts'

interface Shift {
  now: Peers
  /** The firmware before. */
  before: Peers
  /** How far the median moved to the bad side, in robust standard deviations of the firmware before. */
  deviations: number
}

/**
 * How a firmware's devices differ from those of the firmware before it, where they differ most. Undefined where one
 * of the two has too few devices, and for the first firmware of a model.
 */
export function firmwareShift(
  cohorts: readonly Peers[],
  { model, firmware }: Pick<Device, 'model' | 'firmware'>,
  { side, least }: { side: Side; least: number },
): Shift | undefined {
  const ofModel = cohorts.filter((peers) => peers.model === model && peers.devices >= least)
  const shifts = ofModel
    .filter((peers) => peers.firmware === firmware)
    .flatMap((now): Shift[] => {
      const before = ofModel
        .filter(({ bin, firmware, since }) => firmware && bin === now.bin && since < now.since)
        .toSorted((a, b) => b.since - a.since)[0]
      return before === undefined ? [] : [{ now, before, deviations: deviation(now.q50, before, side) }]
    })
  return shifts.toSorted((a, b) => b.deviations - a.deviations)[0]
}
