import type { Finding } from '../../contract/finding.ts'

/** One life of one part of one device. */
export type Part = Pick<Finding, 'device' | 'component' | 'epoch'>

/** Names it. */
export function partKey({ device, component, epoch }: Part): string {
  return JSON.stringify([device, component, epoch])
}
