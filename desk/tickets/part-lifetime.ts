import type { Finding } from '../../contract/finding.ts'

/** Lifetime of one part of one device. */
export type PartLifetimeRef = Pick<Finding, 'device' | 'component' | 'epoch'>

/** Return a unique key of a part lifetime. */
export function partLifetimeKey({ device, component, epoch }: PartLifetimeRef): string {
  return JSON.stringify([device, component, epoch])
}
