import type { Device } from '../../../contract/device.ts'
import type { CohortStats } from '../../../contract/fleet-model.ts'

export type DeviationDirection = 'lower' | 'higher' | 'both'

/**
 * Return the peers to compare a device with: those of its firmware, or of its model where that firmware has few.
 * Undefined where there are too few, and while its firmware is newer than the fleet model: its usual level is unknown,
 * and the peers of the old one would make every updated device an outlier.
 */
export function selectCohort(
  cohorts: readonly CohortStats[],
  { model, firmware }: Pick<Device, 'model' | 'firmware'>,
  { bin, least: minDevices }: { bin: string | undefined; least: number },
): CohortStats | undefined {
  const here = cohorts.filter((peers) => peers.bin === bin && peers.devices >= minDevices)
  const ofFirmware = here.find((peers) => peers.model === model && peers.firmware === firmware)
  if (ofFirmware) return ofFirmware
  const isKnown = cohorts.some((peers) => peers.model === model && peers.firmware === firmware)
  if (!isKnown) return undefined
  return here.find((peers) => peers.model === model && peers.firmware === undefined)
}

/**
 * Return the distance of a level from its peers' median on the bad side, in robust standard deviations: median to
 * 10th or 90th percentile is 1.2816 of them in a normal distribution. Each side has its own, because wear is skewed.
 */
export function robustDeviation(
  level: number,
  { q10, q50, q90 }: CohortStats,
  side: DeviationDirection,
): number {
  const unit = 1.2816
  const floor = Math.max(Math.abs(q50) * minSpreadShare, Number.MIN_VALUE)
  const above = ((level - q50) / Math.max(q90 - q50, floor)) * unit
  const below = ((q50 - level) / Math.max(q50 - q10, floor)) * unit
  if (side === 'both') return Math.max(above, below)
  return side === 'higher' ? above : below
}

/** Least spread of the peers, as a share of their median: identical peers would make any difference infinite. */
const minSpreadShare = 0.01
