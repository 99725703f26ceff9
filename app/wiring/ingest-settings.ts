import type { Topics } from '../../contract/topics.ts'
import type { IngestLimits } from '../../ingest/decode/ingest-limits.ts'
import { defaultIngestLimits } from '../../ingest/decode/ingest-limits.ts'
import type { BrokerLimits } from '../../ingest/embedded/broker-limits.ts'
import { createEmbeddedBroker } from '../../ingest/embedded/embedded-broker.ts'
import { createExternalBroker } from '../../ingest/external/external-broker.ts'
import type { Accept, Gateway, GatewayEvents } from '../../ingest/gateway.ts'
import type { KindCatalog, KindRules, MetricRule, WaveformRule } from '../../ingest/kind-catalog.ts'
import { boundPacketBuffers } from '../../ingest/packet-buffers.ts'
import { ExpectedError } from '../../lib/expected-error.ts'
import type { Kind, Kinds, Metric } from '../../rules/files/kinds.ts'
import { computeFeatures } from '../../rules/waveforms/compute-features.ts'
import type { Waveform } from '../../rules/waveforms/waveform-schema.ts'
import type { Settings } from '../settings/schema.ts'

/** A client's connection was closed abnormally. */
class ClientDisconnectError extends ExpectedError {
  override readonly name = 'ClientDisconnectError'
}

interface GatewayOptions {
  settings: Settings
  topics: Topics
  accept: Accept
  /** Receives what an embedded broker reports. */
  events: GatewayEvents
  onError(error: unknown, where: string): void
}

/** Return the options of the external broker if one is configured, else of the one in this process. */
export function createGateway({ settings, topics, accept, events, onError }: GatewayOptions): Gateway {
  boundPacketBuffers()
  const { url, protocolVersion, clientId, host, port, maxConnections, maxPacketBytes } = settings.mqtt
  if (url !== undefined) {
    const reportError = (error: Error) => onError(error, 'mqtt')
    return createExternalBroker({
      url,
      protocolVersion,
      clientId,
      topics,
      accept,
      maxPacketBytes,
      onError: reportError,
    })
  }
  const onClientError = (error: Error, client: string) => {
    onError(
      new ClientDisconnectError(`${client || 'a client without a name'}: ${error.message}`),
      'mqtt clients',
    )
  }
  const limits = brokerLimitsFrom(settings)
  return createEmbeddedBroker({
    host,
    port,
    topics,
    accept,
    maxConnections,
    limits,
    onClientError,
    ...events,
  })
}

function brokerLimitsFrom({ mqtt }: Settings): BrokerLimits {
  return {
    // A payload that is too large is quarantined; its sender keeps the connection.
    packetBytes: Math.max(mqtt.maxPacketBytes, 2 * mqtt.maxPayloadBytes),
    connectTimeoutMs: mqtt.connectTimeout,
    messageRate: mqtt.maxMessageRate,
    subscriptions: mqtt.maxSubscriptions,
    sessions: mqtt.maxSessions,
    retainedBytes: mqtt.maxRetainedBytes,
    queuedBytes: mqtt.maxQueuedBytes,
  }
}

/** Return the properties of the kinds that acceptance needs. @param present returns the kinds that are valid now */
export function createKindCatalog(present: () => Kinds): KindCatalog {
  let kinds: Kinds | undefined
  let rules: ReadonlyMap<string, KindRules> = new Map()
  const current = () => {
    if (kinds === present()) return rules
    kinds = present()
    rules = new Map([...kinds].map(([name, kind]) => [name, toKindRules(kind)]))
    return rules
  }
  return { hasKind: (kind) => current().has(kind), rulesOf: (kind) => current().get(kind) }
}

function toKindRules(kind: Kind): KindRules {
  const { metrics, waveforms, unknown, ignore, expectedIntervalMs, components } = kind
  // Derived metrics are not accepted from devices.
  const measured = [...metrics].filter(([, { cel }]) => cel === undefined)
  const ignored = new Set(ignore.filter((pattern) => !pattern.endsWith('*')))
  const prefixes = ignore.filter((pattern) => pattern.endsWith('*')).map((pattern) => pattern.slice(0, -1))
  return {
    metrics: new Map(measured.map(([name, metric]) => [name, toMetricRule(metric)])),
    waveforms: new Map(
      [...waveforms].map(([name, waveform]) => [name, toWaveformRule(name, waveform, metrics)]),
    ),
    unknown,
    isIgnored: (metric) => ignored.has(metric) || prefixes.some((prefix) => metric.startsWith(prefix)),
    expectedIntervalMs,
    components,
  }
}

function toMetricRule({
  type = 'number',
  range: [min, max],
  numbers = new Map(),
  acceptsText = false,
}: Metric): MetricRule {
  switch (type) {
    case 'number':
      return { type, min, max, acceptsText }
    case 'boolean':
      return { type }
    case 'enum':
      return { type, numbers }
  }
}

function toWaveformRule(name: string, waveform: Waveform, metrics: Kind['metrics']): WaveformRule {
  const {
    range: [min, max],
    samples: [fewest, most],
  } = waveform
  const features = [...metrics].flatMap(([metric, { from }]) =>
    from?.waveform === name ? [[metric, from] as const] : [],
  )
  return { min, max, fewest, most, compute: (samples) => computeFeatures(samples, waveform, features) }
}

export function acceptanceLimitsFrom({ ingest, mqtt, quarantine }: Settings): IngestLimits {
  return {
    nestingDepth: defaultIngestLimits.nestingDepth,
    payloadBytes: mqtt.maxPayloadBytes,
    readingsPerPayload: ingest.maxReadingsPerMessage,
    oldestTs: ingest.oldest,
    maxClockAheadMs: ingest.futureTolerance,
    devices: ingest.maxDevices,
    devicesPerClient: ingest.maxDevicesPerClient,
    rejectedPerSecond: quarantine.maxRate,
  }
}
