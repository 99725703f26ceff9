import type { RateLimit } from '../../lib/token-bucket.ts'

/** What the clients of the embedded broker may do at most, and what they may have it keep in memory. */
export interface BrokerLimits {
  /** From a connection to its CONNECT. */
  connectTimeoutMs: number
  /** Of a PUBLISH; larger than what is taken as a payload, so that such a payload is quarantined. */
  packetBytes: number
  /** Messages a second of one connection; what is beyond waits, and its sender with it. */
  messageRate: number
  /** Topic filters of one client. */
  subscriptions: number
  /** Clients whose subscriptions are kept while they are away. Beyond that those that came longest ago go. */
  sessions: number
  /** Of retained messages. Beyond that none is retained that was not there. */
  retainedBytes: number
  /** Of messages that wait for a client's acknowledgement, or for its return. Beyond that none is queued. */
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

/** Those that no installation needs to be different. */
export const fixedBrokerLimits = {
  /** Of any packet but PUBLISH; what a client wants to have is much shorter. */
  controlPacketBytes: 16 * 1024,
  /** CONNECT, SUBSCRIBE, UNSUBSCRIBE, PINGREQ and what is no MQTT: what costs us work and is never needed often. */
  controlPackets: { perSecond: 100, burst: 1_000 } satisfies RateLimit,
  clientIdCharacters: 256,
  topicCharacters: 1_024,
  topicLevels: 32,
  willPayloadBytes: 4 * 1024,
  retainedPayloadBytes: 16 * 1024,
  qos2InFlight: 100,
  queuedMessages: 1_000,
  /** Written to a client and not read by it. */
  unreadBytes: MiB,
  /** How long other clients' messages wait for one that does not read; aedes would wait until it is closed. */
  slowSubscriberWaitMs: 50,
  /** Until a client is closed that reads nothing. */
  unreadTimeoutMs: 10_000,
} as const

/** How often each limit was met. */
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
