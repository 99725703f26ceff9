import type { RateLimit } from '../../lib/token-bucket.ts'

/** Limits of the clients of the embedded broker, and of the memory used for them. */
export interface BrokerLimits {
  /** Time from a connection to its CONNECT, ms. */
  connectTimeoutMs: number
  /** Size of a PUBLISH, bytes; larger than an accepted payload, so that a payload that is too large is quarantined. */
  packetBytes: number
  /** Messages per second and connection; further ones wait, and so does their sender. */
  messageRate: number
  /** Topic filters per client. */
  subscriptions: number
  /** Disconnected clients whose subscriptions are stored. Beyond that the oldest are evicted. */
  sessions: number
  /** Bytes of retained messages. Beyond that no further topic is retained. */
  retainedBytes: number
  /** Bytes of messages that wait for a client's acknowledgement or return. Beyond that none is queued. */
  queuedBytes: number
}

const MiB = 1024 * 1024

export const defaultBrokerLimits: BrokerLimits = {
  connectTimeoutMs: 10_000,
  packetBytes: 2 * MiB,
  messageRate: 1_000,
  subscriptions: 50,
  sessions: 10_000,
  retainedBytes: 64 * MiB,
  queuedBytes: 64 * MiB,
}

/** Limits that are not configurable. */
export const fixedBrokerLimits = {
  /** Size of any packet but PUBLISH, bytes; subscriptions are much shorter. */
  controlPacketBytes: 16 * 1024,
  /** Rate of CONNECT, SUBSCRIBE, UNSUBSCRIBE, PINGREQ and invalid packets: they cost work and are never needed often. */
  controlPackets: { perSecond: 100, burst: 1_000 } satisfies RateLimit,
  clientIdCharacters: 256,
  topicCharacters: 1_024,
  topicLevels: 32,
  willPayloadBytes: 4 * 1024,
  retainedPayloadBytes: 16 * 1024,
  qos2InFlight: 100,
  queuedMessages: 1_000,
  /** Bytes written to a client that it has not read. */
  unreadBytes: MiB,
  /** Time for which other clients' messages wait for a client that does not read, ms; aedes would wait until it is closed. */
  slowSubscriberWaitMs: 50,
  /** Time until a client that reads nothing is disconnected, ms. */
  unreadTimeoutMs: 10_000,
} as const

/** Number of hits of each limit. */
export type BrokerLimitName =
  | 'connect_refused'
  | 'packet_too_large'
  | 'too_many_packets'
  | 'message_rate'
  | 'subscriptions'
  | 'sessions'
  | 'retained'
  | 'queued'
  | 'slow_reader'
