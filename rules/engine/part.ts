import type { Device } from '../../contract/device.ts'
import type { Lifetime } from '../../contract/lifetime.ts'
import type { Epoch } from './engine.ts'

/** When the life of a part began, ms: its replacement, or the first use of the device; undefined when unknown. */
export function lifetimeStart({ inUseSince }: Device, { number, since }: Epoch): number | undefined {
  return number === 0 ? inUseSince : since
}

/** What is known of a part beside its course. */
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

/** Names the life of a part among others of the same subject. */
const lifetimeUnit = (device: string, epoch: number): string => `${device}/${epoch}`
