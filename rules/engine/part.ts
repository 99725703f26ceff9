import type { Device } from '../../contract/device.ts'
import type { Lifetime } from '../../contract/lifetime.ts'
import type { Epoch } from './engine.ts'

/** Return the start of a part's lifetime, ms: its replacement, or first use of the device; undefined when unknown. */
export function lifetimeStart({ inUseSince }: Device, { number, since }: Epoch): number | undefined {
  return number === 0 ? inUseSince : since
}

/** Return the lifetime of a part without its series. */
export function describeLifetime(
  device: Device,
  epoch: number,
  since: number | undefined,
): Omit<Lifetime, 'points'> {
  return {
    partId: lifetimeUnit(device.id, epoch),
    cohort: device.model === undefined ? {} : { model: device.model },
    ...(since === undefined ? {} : { startedAt: since }),
  }
}

/** Return the id of a part, unique within one lifetime key. */
const lifetimeUnit = (device: string, epoch: number): string => `${device}/${epoch}`
