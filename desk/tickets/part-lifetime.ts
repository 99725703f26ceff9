import type { Finding } from '../../contract/finding.ts'

/** One life of one part of one device. */
export type PartLifetimeRef = Pick<Finding, 'device' | 'component' | 'epoch'>

/** Names it. */
export function partLifetimeKey({ device, component, epoch }: PartLifetimeRef): string {
  return JSON.stringify([device, component, epoch])
}
