import { collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'
import type { Measurements } from '../contract/measurements.ts'
import { createPipelineMetrics } from './pipeline-metrics.ts'
import type { HealthCheck } from './readiness.ts'
import type { SystemStatus } from './status.ts'
import { createStatusMetrics } from './status-metrics.ts'

export interface Metrics {
  contentType: string
  /** Fed by the stages of the pipeline. */
  measurements: Measurements
  observeRequest(labels: { method: string; route: string; status: string }, seconds: number): void
  render(status: SystemStatus, checks: readonly HealthCheck[]): Promise<string>
  /** The Markdown table of the program's own metrics, for docs/monitoring.md; a test keeps the document current. */
  renderTable(): string
  close(): void
}

export interface MetricsOptions {
  /** Version of the program. */
  version: string
  /** When this process started, ms since 1970 UTC. */
  startedAt: number
}

/** Create the metrics of the program in a registry of their own, for Prometheus. Call `close` at the end. */
export function createMetrics({ version, startedAt }: MetricsOptions): Metrics {
  const registry = new Registry()
  const buildInfo = new Gauge({
    name: 'forewarn_build_info',
    help: 'Always 1; versions of the program and of Node.js',
    labelNames: ['version', 'node'],
    registers: [registry],
  })
  buildInfo.set({ version, node: process.versions.node }, 1)
  const updateStatus = createStatusMetrics(registry)
  const measurements = createPipelineMetrics(registry, startedAt)
  const requests = new Histogram({
    name: 'forewarn_http_request_duration_seconds',
    help: 'Time from a request to the end of its response',
    labelNames: ['method', 'route', 'status'],
    buckets: [0.005, 0.02, 0.1, 0.5, 2, 10],
    registers: [registry],
  })
  collectDefaultMetrics({ register: registry })
  return {
    contentType: registry.contentType,
    measurements,
    observeRequest: (labels, seconds) => requests.observe(labels, seconds),
    render: (status, checks) => {
      updateStatus(status, checks)
      return registry.metrics()
    },
    renderTable: () => renderTable(registry),
    close: () => registry.clear(),
  }
}

/** Fields that each metric of prom-client has but that its types do not declare. */
interface DescribedMetric {
  name: string
  help: string
  type: string
  labelNames: string[]
}

function renderTable(registry: Registry): string {
  const metrics = registry.getMetricsAsArray() as unknown as DescribedMetric[]
  const rows = metrics
    .filter(({ name }) => name.startsWith('forewarn_'))
    .map(({ name, help, type, labelNames }) => {
      const labels = labelNames.length === 0 ? '' : `{${labelNames.join(',')}}`
      return `| \`${name}${labels}\` | ${type} | ${help} |`
    })
  return ['| metric | type | meaning |', '| --- | --- | --- |', ...rows].join('\n')
}
