import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'
import { countDeadLetters } from './detect-faults.ts'
import type { HealthCheck } from './readiness.ts'
import type { SystemStatus } from './status.ts'

export interface Metrics {
  contentType: string
  observeRequest(labels: { method: string; route: string; status: string }, seconds: number): void
  render(status: SystemStatus, checks: readonly HealthCheck[]): Promise<string>
  close(): void
}

/** Metrics in a registry of its own, as Prometheus reads them. */
export function createMetrics(): Metrics {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  const statusUpdaters = [
    ingestMetrics,
    journalMetrics,
    subsystemMetrics,
    deadLetterMetrics,
    recordsMetrics,
    incidentMetrics,
  ].map((metrics) => metrics(registry))
  const updateChecks = checkMetrics(registry)
  const requests = new Histogram({
    name: 'forewarn_http_request_duration_seconds',
    help: 'Time from a request to the end of its answer',
    labelNames: ['method', 'route', 'status'],
    buckets: [0.005, 0.02, 0.1, 0.5, 2, 10],
    registers: [registry],
  })
  return {
    contentType: registry.contentType,
    observeRequest: (labels, seconds) => requests.observe(labels, seconds),
    render: (status, checks) => {
      for (const apply of statusUpdaters) apply(status)
      updateChecks(checks)
      return registry.metrics()
    },
    close: () => registry.clear(),
  }
}

function gauge(registry: Registry, name: string, help: string, labelNames: string[] = []): Gauge {
  return new Gauge({ name, help, labelNames, registers: [registry] })
}

type SetTotal = (total: number, labels?: Record<string, string>) => void

/** A counter that is counted elsewhere: the journal keeps the totals. */
function totalCounter(registry: Registry, name: string, help: string, labelNames: string[] = []): SetTotal {
  const counter = new Counter({ name, help, labelNames, registers: [registry] })
  return (value, labels = {}) => {
    counter.remove(labels)
    counter.inc(labels, value)
  }
}

function ingestMetrics(registry: Registry): (status: SystemStatus) => void {
  const received = totalCounter(registry, 'forewarn_readings_received_total', 'Readings that devices sent')
  const stored = totalCounter(
    registry,
    'forewarn_readings_stored_total',
    'Readings accepted into the journal',
  )
  const duplicate = totalCounter(
    registry,
    'forewarn_readings_duplicate_total',
    'Readings that had been accepted before',
  )
  const quarantined = totalCounter(registry, 'forewarn_readings_quarantined_total', 'Readings not accepted', [
    'reason',
  ])
  const notSampled = totalCounter(
    registry,
    'forewarn_quarantine_not_sampled_total',
    'Readings not accepted, and of too many to be kept to look at',
  )
  return ({ ingest }) => {
    if (ingest === undefined) return
    notSampled(ingest.notSampled)
    received(ingest.received)
    stored(ingest.stored)
    duplicate(ingest.duplicate)
    for (const [reason, count] of Object.entries(ingest.quarantined)) quarantined(count, { reason })
  }
}

function journalMetrics(registry: Registry): (status: SystemStatus) => void {
  const bytes = gauge(registry, 'forewarn_journal_bytes', 'Size of the journal')
  const maxBytes = gauge(registry, 'forewarn_journal_max_bytes', 'Size at which nothing more is accepted')
  const full = gauge(registry, 'forewarn_journal_full', '1 while nothing more is accepted')
  const lag = gauge(registry, 'forewarn_consumer_lag_entries', 'Entries a consumer has still to do', [
    'consumer',
  ])
  const failing = gauge(registry, 'forewarn_consumer_failing', '1 while the last attempt failed', [
    'consumer',
  ])
  const backlog = gauge(registry, 'forewarn_journal_backlog_bytes', 'What some consumer has yet to read')
  const backpressurePause = gauge(
    registry,
    'forewarn_acceptance_pause_seconds',
    'How long each commit waits as the journal fills up',
  )
  return ({ journal: { value: journal }, consumers, backpressure: heldBack }) => {
    bytes.set(journal?.bytes ?? 0)
    maxBytes.set(journal?.maxBytes ?? 0)
    backlog.set(journal?.backlogBytes ?? 0)
    full.set(journal?.full ? 1 : 0)
    backpressurePause.set(heldBack?.by === 'backlog' ? heldBack.pauseMs / 1_000 : 0)
    for (const consumer of consumers) {
      lag.set({ consumer: consumer.name }, consumer.lag)
      failing.set({ consumer: consumer.name }, consumer.lastError === undefined ? 0 : 1)
    }
  }
}

function subsystemMetrics(registry: Registry): (status: SystemStatus) => void {
  const jobs = gauge(registry, 'forewarn_queue_jobs', 'Jobs in a queue', ['queue', 'state'])
  const connected = gauge(registry, 'forewarn_gateway_connected', '1 while MQTT messages can arrive')
  const connections = gauge(registry, 'forewarn_gateway_connections', 'Clients of the embedded broker')
  const limitHits = totalCounter(
    registry,
    'forewarn_gateway_limits_met_total',
    'How often clients of the embedded broker met a limit',
    ['limit'],
  )
  const openCircuits = gauge(
    registry,
    'forewarn_channel_places_open',
    'Places at which a notice channel is left alone as out of order',
    ['channel'],
  )
  const values = gauge(registry, 'forewarn_series_values', 'Values kept as time series')
  return ({ queues: { value: queues = [] }, gateway, channels, seriesValues }) => {
    for (const { name, ...states } of queues) {
      for (const [state, count] of Object.entries(states)) jobs.set({ queue: name, state }, count)
    }
    for (const { name, openCircuits: open } of channels) openCircuits.set({ channel: name }, open)
    connected.set(gateway.connected ? 1 : 0)
    connections.set(gateway.connections ?? 0)
    for (const [limit, times] of Object.entries(gateway.limitHits ?? {})) limitHits(times, { limit })
    if (seriesValues.value !== undefined) values.set(seriesValues.value)
  }
}

function deadLetterMetrics(registry: Registry): (status: SystemStatus) => void {
  const help = 'What a consumer or a queue could not handle, kept until somebody has looked at it'
  const letters = gauge(registry, 'forewarn_dead_letters', help, ['place'])
  return (status) => {
    for (const { place, count } of countDeadLetters(status)) letters.set({ place }, count)
  }
}

function checkMetrics(registry: Registry): (checks: readonly HealthCheck[]) => void {
  const up = gauge(
    registry,
    'forewarn_part_up',
    '1 while a part does its work; `/readyz` says in words what is wrong',
    ['part'],
  )
  const since = gauge(
    registry,
    'forewarn_part_down_since_seconds',
    'Since when it does not, Unix time; else 0',
    ['part'],
  )
  return (checks) => {
    for (const { name, ok, since: begin } of checks) {
      up.set({ part: name }, ok ? 1 : 0)
      since.set({ part: name }, (begin?.getTime() ?? 0) / 1_000)
    }
  }
}

function recordsMetrics(registry: Registry): (status: SystemStatus) => void {
  const up = gauge(registry, 'forewarn_records_up', '1 when the records database answers')
  const devices = gauge(registry, 'forewarn_devices', 'Known devices', ['kind'])
  const tickets = gauge(registry, 'forewarn_tickets', 'Tickets', ['work_state'])
  const notices = gauge(registry, 'forewarn_notices', 'Notices in the ledger', ['state'])
  return ({ records: { value: counts } }) => {
    up.set(counts ? 1 : 0)
    // What a count is gone from must not stay at its last number.
    for (const metric of [devices, tickets, notices]) metric.reset()
    for (const { kind, count } of counts?.devices ?? []) devices.set({ kind }, count)
    for (const { work_state, count } of counts?.tickets ?? []) tickets.set({ work_state }, count)
    for (const { state, count } of counts?.notices ?? []) notices.set({ state }, count)
  }
}

function incidentMetrics(registry: Registry): (status: SystemStatus) => void {
  const open = gauge(registry, 'forewarn_incidents_open', 'Incidents that are not over')
  const grouped = totalCounter(
    registry,
    'forewarn_findings_folded_total',
    'Findings that an incident kept from tickets and notices',
  )
  return ({ records: { value: counts } }) => {
    if (counts === undefined) return
    open.set(counts.incidents.open)
    grouped(counts.incidents.folded)
  }
}
