import type { Finding } from '../../rules/finding.ts'

/** Names one life of one part of one device. */
export function partKey({
  device,
  component,
  epoch,
}: Pick<Finding, 'device' | 'component' | 'epoch'>): string {
  return JSON.stringify([device, component, epoch])
}
