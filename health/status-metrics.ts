import { Counter, Gauge, type Registry } from 'prom-client'
import { countDeadLetters } from './detect-faults.ts'
import type { HealthCheck } from './readiness.ts'
import type { SystemStatus } from './status.ts'

/** Create the metrics that are read from one snapshot of the status. @returns a function that sets them */
export function createStatusMetrics(
  registry: Registry,
): (status: SystemStatus, checks: readonly HealthCheck[]) => void {
  const factory = createMetricFactory(registry)
  const updaters = [
    ingestMetrics,
    valueMetrics,
    journalMetrics,
    subsystemMetrics,
    gatewayMetrics,
    sweepMetrics,
    deadLetterMetrics,
    gapMetrics,
    recordsMetrics,
    incidentMetrics,
    quarantineMetrics,
  ].map((metrics) => metrics(factory))
  const updateChecks = checkMetrics(factory)
  return (status, checks) => {
    for (const update of updaters) update(status)
    updateChecks(checks)
  }
}

/** Creates the metrics of one registry. */
interface MetricFactory {
  gauge(name: string, help: string, labelNames?: string[]): Gauge
  /** Create a counter whose total is kept elsewhere, e.g. in the journal. @returns a function that sets it */
  total(name: string, help: string, labelNames?: string[]): SetTotal
}

type SetTotal = (total: number, labels?: Record<string, string>) => void

function createMetricFactory(registry: Registry): MetricFactory {
  const registers = [registry]
  return {
    gauge: (name, help, labelNames = []) => new Gauge({ name, help, labelNames, registers }),
    total(name, help, labelNames = []) {
      const counter = new Counter({ name, help, labelNames, registers })
      return (value, labels = {}) => {
        counter.remove(labels)
        counter.inc(labels, value)
      }
    },
  }
}

function ingestMetrics({ total }: MetricFactory): (status: SystemStatus) => void {
  const received = total('forewarn_readings_received_total', 'Readings received from devices')
  const stored = total('forewarn_readings_stored_total', 'Readings accepted into the journal')
  const duplicate = total('forewarn_readings_duplicate_total', 'Readings that had been stored before')
  const quarantined = total(
    'forewarn_readings_quarantined_total',
    'Readings moved to quarantine as a whole',
    ['reason'],
  )
  const storedInPart = total(
    'forewarn_readings_stored_in_part_total',
    'Stored readings of which some values were quarantined',
  )
  const conflict = total(
    'forewarn_readings_conflict_total',
    'Stored readings with another value of a metric for a time that had one',
  )
  return ({ ingest }) => {
    if (ingest === undefined) return
    received(ingest.received)
    stored(ingest.stored)
    duplicate(ingest.duplicate)
    storedInPart(ingest.storedInPart)
    conflict(ingest.conflict)
    for (const [reason, count] of Object.entries(ingest.quarantined)) quarantined(count, { reason })
  }
}

function valueMetrics({ total }: MetricFactory): (status: SystemStatus) => void {
  const counter = (name: string, help: string, labelNames?: string[]) =>
    total(`forewarn_values_${name}_total`, help, labelNames)
  const received = counter('received', 'Values of the readings received from devices')
  const stored = counter('stored', 'Values accepted into the journal')
  const duplicate = counter('duplicate', 'Values of readings that had been stored before')
  const ignored = counter(
    'ignored',
    'Values of metrics that the kind of the device does not have, or ignores',
  )
  const quarantined = counter('quarantined', 'Values moved to quarantine, alone or with their reading', [
    'reason',
  ])
  return ({ ingest }) => {
    if (ingest === undefined) return
    received(ingest.values.received)
    stored(ingest.values.stored)
    duplicate(ingest.values.duplicate)
    ignored(ingest.values.ignored)
    for (const [reason, count] of Object.entries(ingest.values.quarantined)) quarantined(count, { reason })
  }
}

function journalMetrics({ gauge }: MetricFactory): (status: SystemStatus) => void {
  const bytes = gauge('forewarn_journal_bytes', 'Size of the journal')
  const maxBytes = gauge('forewarn_journal_max_bytes', 'Size from which the journal rejects further entries')
  const full = gauge('forewarn_journal_full', '1 while the journal rejects further entries')
  const entries = gauge('forewarn_journal_entries', 'Entries of a stream that the journal retains', [
    'stream',
  ])
  const lag = gauge('forewarn_consumer_lag_entries', 'Entries that a consumer has not committed yet', [
    'consumer',
  ])
  const failing = gauge('forewarn_consumer_failing', '1 while the last attempt of a consumer failed', [
    'consumer',
  ])
  const backlog = gauge(
    'forewarn_journal_backlog_bytes',
    'Bytes of the journal that at least one consumer has not committed yet',
  )
  const backpressurePause = gauge(
    'forewarn_ingest_backpressure_pause_seconds',
    'Time that each commit is delayed because the journal fills up',
  )
  return ({ journal: { value: journal }, consumers, backpressure }) => {
    bytes.set(journal?.bytes ?? 0)
    maxBytes.set(journal?.maxBytes ?? 0)
    backlog.set(journal?.backlogBytes ?? 0)
    full.set(journal?.full ? 1 : 0)
    for (const [stream, { head, tail }] of Object.entries(journal?.streams ?? {}))
      entries.set({ stream }, head - tail)
    backpressurePause.set(backpressure?.by === 'backlog' ? backpressure.pauseMs / 1_000 : 0)
    for (const consumer of consumers) {
      lag.set({ consumer: consumer.name }, consumer.lag)
      failing.set({ consumer: consumer.name }, consumer.lastError === undefined ? 0 : 1)
    }
  }
}

function subsystemMetrics({ gauge }: MetricFactory): (status: SystemStatus) => void {
  const jobs = gauge('forewarn_queue_jobs', 'Jobs in a queue', ['queue', 'state'])
  const openCircuits = gauge(
    'forewarn_channel_open_circuits',
    'Open circuits of a notice channel: it failed, and is not tried for a while',
    ['channel'],
  )
  const values = gauge('forewarn_series_values', 'Values stored in the time series')
  return ({ queues: { value: queues = [] }, channels, seriesValues }) => {
    for (const { name, ...states } of queues) {
      for (const [state, count] of Object.entries(states)) jobs.set({ queue: name, state }, count)
    }
    for (const { name, openCircuits: open } of channels) openCircuits.set({ channel: name }, open)
    if (seriesValues.value !== undefined) values.set(seriesValues.value)
  }
}

function gatewayMetrics({ gauge, total }: MetricFactory): (status: SystemStatus) => void {
  const connected = gauge('forewarn_gateway_connected', '1 while the gateway receives MQTT messages')
  const connections = gauge('forewarn_gateway_connections', 'Clients of the embedded broker')
  const limitHits = total(
    'forewarn_gateway_limit_hits_total',
    'How often a client of the embedded broker reached a limit',
    ['limit'],
  )
  const takeovers = total(
    'forewarn_gateway_takeovers_total',
    'Clients of the embedded broker that another client with the same id disconnected',
  )
  const outsidePrefix = total(
    'forewarn_gateway_outside_prefix_total',
    'Messages to the embedded broker outside the topic prefix, which are not processed',
  )
  return ({ gateway }) => {
    connected.set(gateway.connected ? 1 : 0)
    connections.set(gateway.connections ?? 0)
    for (const [limit, times] of Object.entries(gateway.limitHits ?? {})) limitHits(times, { limit })
    takeovers(gateway.takeovers ?? 0)
    outsidePrefix(gateway.outsidePrefix ?? 0)
  }
}

function sweepMetrics({ gauge, total }: MetricFactory): (status: SystemStatus) => void {
  const age = gauge(
    'forewarn_sweep_age_seconds',
    'Time since any process completed a sweep, or since the start of this one; independent of the clock',
  )
  const sweeps = total('forewarn_sweeps_total', 'Sweeps that all processes have completed')
  return ({ sweep: { sinceCompletedMs, completed } }) => {
    age.set(sinceCompletedMs / 1_000)
    if (completed !== undefined) sweeps(completed)
  }
}

function deadLetterMetrics({ gauge }: MetricFactory): (status: SystemStatus) => void {
  const help = 'Entries and jobs that a consumer or a queue could not handle; each waits for a person'
  const letters = gauge('forewarn_dead_letters', help, ['source'])
  return (status) => {
    for (const { source, count } of countDeadLetters(status)) letters.set({ source }, count)
  }
}

function gapMetrics({ gauge }: MetricFactory): (status: SystemStatus) => void {
  const labels = ['consumer', 'kind']
  const first = gauge(
    'forewarn_journal_gap_first_offset',
    'First journal entry that the start found missing; absent without a gap',
    labels,
  )
  const last = gauge(
    'forewarn_journal_gap_last_offset',
    'Last journal entry that the start found missing; absent where it is unknown',
    labels,
  )
  return ({ gaps }) => {
    for (const { consumer, kind, from, to } of gaps) {
      first.set({ consumer, kind }, from)
      if (to !== undefined) last.set({ consumer, kind }, to)
    }
  }
}

function checkMetrics({ gauge }: MetricFactory): (checks: readonly HealthCheck[]) => void {
  const up = gauge('forewarn_check_up', '1 while a check of `/readyz` is healthy', ['check'])
  const since = gauge(
    'forewarn_check_failing_since_seconds',
    'Unix time at which a check began to fail; 0 while it is healthy',
    ['check'],
  )
  return (checks) => {
    for (const { name, ok, since: begin } of checks) {
      up.set({ check: name }, ok ? 1 : 0)
      since.set({ check: name }, (begin?.getTime() ?? 0) / 1_000)
    }
  }
}

function recordsMetrics({ gauge }: MetricFactory): (status: SystemStatus) => void {
  const up = gauge('forewarn_records_up', '1 while the records database responds')
  const devices = gauge('forewarn_devices', 'Registered devices in use', ['kind'])
  const tickets = gauge('forewarn_tickets', 'Tickets', ['work_state'])
  const notices = gauge('forewarn_notices', 'Notices in the ledger', ['state'])
  return ({ records: { value: counts } }) => {
    up.set(counts ? 1 : 0)
    // A label without rows is absent from the counts and must not keep its last value.
    for (const metric of [devices, tickets, notices]) metric.reset()
    for (const { kind, count } of counts?.devices ?? []) devices.set({ kind }, count)
    for (const { work_state, count } of counts?.tickets ?? []) tickets.set({ work_state }, count)
    for (const { state, count } of counts?.notices ?? []) notices.set({ state }, count)
  }
}

function incidentMetrics({ gauge, total }: MetricFactory): (status: SystemStatus) => void {
  const open = gauge('forewarn_incidents_open', 'Open incidents')
  const grouped = total(
    'forewarn_findings_grouped_total',
    'Findings that were grouped into an incident instead of opening tickets and sending notices',
  )
  return ({ records: { value: counts } }) => {
    if (counts === undefined) return
    open.set(counts.incidents.open)
    grouped(counts.incidents.folded)
  }
}

function quarantineMetrics({ gauge, total }: MetricFactory): (status: SystemStatus) => void {
  const entries = total(
    'forewarn_quarantine_entries_total',
    'Messages, readings and single values that were put into quarantine',
  )
  const retried = total('forewarn_quarantine_retried_total', 'Retries of quarantined messages, by outcome', [
    'outcome',
  ])
  const deleted = total(
    'forewarn_quarantine_deleted_total',
    'Quarantined messages that were deleted before a retry stored them',
    ['cause'],
  )
  const waiting = gauge('forewarn_quarantine_waiting', 'Messages that wait in quarantine')
  const bytes = gauge('forewarn_quarantine_bytes', 'Size of the quarantine')
  const maxBytes = gauge(
    'forewarn_quarantine_max_bytes',
    'Size at which the oldest quarantined messages are deleted',
  )
  return ({ ingest, records: { value: counts }, quarantineMaxBytes }) => {
    maxBytes.set(quarantineMaxBytes)
    if (ingest !== undefined) {
      entries(ingest.quarantineEntries)
      for (const [outcome, count] of Object.entries(ingest.retried)) retried(count, { outcome })
    }
    if (counts === undefined) return
    waiting.set(counts.quarantine.waiting)
    bytes.set(counts.quarantine.bytes)
    deleted(counts.quarantine.dropped, { cause: 'size' })
    deleted(counts.quarantine.expired, { cause: 'age' })
  }
}
