import type { Topics } from '../../contract/topics.ts'
import type { IngestLimits } from '../../ingest/decode/ingest-limits.ts'
import { defaultIngestLimits } from '../../ingest/decode/ingest-limits.ts'
import type { BrokerLimits } from '../../ingest/embedded/broker-limits.ts'
import { createEmbeddedBroker } from '../../ingest/embedded/embedded-broker.ts'
import { createExternalBroker } from '../../ingest/external/external-broker.ts'
import type { Accept, Gateway } from '../../ingest/gateway.ts'
import type { KindCatalog } from '../../ingest/kind-catalog.ts'
import { ExpectedError } from '../../lib/expected-error.ts'
import type { Kinds } from '../../rules/files/kinds.ts'
import type { Settings } from '../settings/schema.ts'

/** A client's connection was closed abnormally. */
class ClientDisconnectError extends ExpectedError {
  override readonly name = 'ClientDisconnectError'
}

interface GatewayOptions {
  settings: Settings
  topics: Topics
  accept: Accept
  onError(error: unknown, where: string): void
}

/** Return the options of the external broker if one is configured, else of the one in this process. */
export function createGateway({ settings, topics, accept, onError }: GatewayOptions): Gateway {
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
  return createEmbeddedBroker({ host, port, topics, accept, maxConnections, limits, onClientError })
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

/** Return the properties of the kinds that acceptance needs. */
export function createKindCatalog(kinds: Kinds): KindCatalog {
  return {
    hasKind: (kind) => kinds.has(kind),
    metricRange: (kind, metric) => {
      const known = kinds.get(kind)?.metrics.get(metric)
      // Derived metrics are not accepted from devices.
      if (known === undefined || known.cel !== undefined) return undefined
      return { min: known.range[0], max: known.range[1] }
    },
  }
}

export function acceptanceLimitsFrom({ ingest, mqtt }: Settings): IngestLimits {
  return {
    nestingDepth: defaultIngestLimits.nestingDepth,
    payloadBytes: mqtt.maxPayloadBytes,
    readingsPerPayload: ingest.maxReadingsPerMessage,
    oldestTs: ingest.oldest,
    maxClockAheadMs: ingest.futureTolerance,
    devices: ingest.maxDevices,
    devicesPerClient: ingest.maxDevicesPerClient,
  }
}
