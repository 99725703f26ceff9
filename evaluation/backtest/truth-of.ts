import type { FleetTruth, Span as TrueSpan } from '../../contract/truth.ts'

export interface TruthPart {
  /** Ids. */
  devices: ReadonlySet<string>
  component: string
  /** The span that counts, ms. */
  from: number
  to: number
}

/** Of a fleet's truth what a rule can be judged by: its component of the devices replayed, and failures in the span. */
export function truthOf(truth: FleetTruth, { devices, component, from, to }: TruthPart): FleetTruth {
  const inSpan = (span: TrueSpan): TrueSpan =>
    span.crossedAt !== null && span.crossedAt < from ? { ...span, crossedAt: null } : span
  return {
    ...truth,
    from: Math.max(truth.from, from),
    until: Math.min(truth.until, to),
    devices: truth.devices
      .filter(({ device }) => devices.has(device))
      .map((device) => ({
        ...device,
        lives: device.lives
          .filter((life) => life.component === component)
          .map((life) => ({ ...life, spans: life.spans.map(inSpan) })),
      })),
  }
}
