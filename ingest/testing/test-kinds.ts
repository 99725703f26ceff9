import type { KindCatalog } from '../kind-catalog.ts'

const kinds = new Map([
  [
    'phone',
    new Map([
      ['battery_health_pct', { min: 0, max: 110 }],
      ['battery_temp_c', { min: -40, max: 90 }],
    ]),
  ],
])

/** One kind with two metrics. */
export const testKinds: KindCatalog = {
  hasKind: (kind) => kinds.has(kind),
  metricRange: (kind, metric) => kinds.get(kind)?.get(metric),
}
