import type { KindCatalog, KindRules, MetricRule } from '../kind-catalog.ts'

/** The kind `phone`, with a metric of each type. */
const phoneRules: KindRules = {
  metrics: new Map<string, MetricRule>([
    ['battery_health_pct', { type: 'number', min: 0, max: 110, acceptsText: false }],
    ['battery_temp_c', { type: 'number', min: -40, max: 90, acceptsText: false }],
    ['battery_cycles', { type: 'number', min: 0, max: 20_000, acceptsText: true }],
    ['charging', { type: 'boolean' }],
    ['mode', { type: 'enum', numbers: new Map(Object.entries({ idle: 0, active: 1, saving: 5 })) }],
  ]),
  waveforms: new Map(),
  unknown: 'report',
  isIgnored: (metric) => metric.startsWith('debug_'),
  expectedIntervalMs: 6 * 3_600_000,
  components: ['battery', 'screen'],
}

/** Create a catalog that has the kind `phone` only. */
export function createTestKinds(changes: Partial<KindRules> = {}): KindCatalog {
  const kinds = new Map([['phone', { ...phoneRules, ...changes }]])
  return { hasKind: (kind) => kinds.has(kind), rulesOf: (kind) => kinds.get(kind) }
}

export const testKinds = createTestKinds()
