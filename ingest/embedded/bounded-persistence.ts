import { Readable } from 'node:stream'
import type { Client, Subscription } from 'aedes'
import { ExpectedError } from '../../lib/expected-error.ts'
import { type BrokerLimitName, type BrokerLimits, fixedBrokerLimits } from './broker-limits.ts'
import { type OutgoingPacket, OutgoingQueues } from './outgoing-queues.ts'
import { RetainedMessages, type StoredMessage } from './retained-messages.ts'

/** A client as aedes passes it to its persistence. */
interface ClientRef {
  id: string
  /** Whether the session ends with its connection. */
  clean?: boolean
}

/** The part of aedes' own in-memory persistence that is still used: the subscriptions of sessions. */
export interface SubscriptionStore {
  addSubscriptions(client: ClientRef, subscriptions: readonly Subscription[]): Promise<unknown>
  removeSubscriptions(client: ClientRef, topics: readonly string[]): Promise<unknown>
  subscriptionsByClient(client: ClientRef): Promise<Subscription[]>
  subscriptionsByTopic(topic: string): Promise<{ clientId: string }[]>
  cleanSubscriptions(client: ClientRef): Promise<unknown>
}

export interface BoundedPersistenceOptions {
  subscriptions: SubscriptionStore
  limits: BrokerLimits
  /** Whether a client may have what it subscribes to: aedes would keep the rejected filters of a packet as well. */
  isGranted(client: Client, topic: string): boolean
  onLimit(limit: BrokerLimitName): void
}

interface QosPacket {
  messageId: number
}

/** aedes asked for a packet that is not stored. */
class NoSuchPacketError extends Error {
  override readonly name = 'NoSuchPacketError'
}

/** A client sends QoS 2 messages without releasing them. */
class TooManyInFlightError extends ExpectedError {
  override readonly name = 'TooManyInFlightError'
}

/**
 * Bounded in-memory persistence of the embedded broker: the one of aedes grows with
 * whatever clients leave behind. The methods are those that aedes calls.
 */
export class BoundedPersistence {
  readonly #options: BoundedPersistenceOptions
  readonly #retained: RetainedMessages
  readonly #outgoing: OutgoingQueues
  /** Stored sessions, oldest first. */
  readonly #sessions = new Set<string>()
  /** Ids of QoS 2 messages that wait for their PUBREL. */
  readonly #qos2InFlight = new Map<string, Set<number>>()
  readonly #wills = new Map<string, object>()

  constructor(options: BoundedPersistenceOptions) {
    const { retainedBytes, queuedBytes } = options.limits
    this.#options = options
    this.#retained = new RetainedMessages(retainedBytes)
    this.#outgoing = new OutgoingQueues({ messages: fixedBrokerLimits.queuedMessages, bytes: queuedBytes })
  }

  async storeRetained(packet: StoredMessage): Promise<void> {
    const fits = packet.payload.length <= fixedBrokerLimits.retainedPayloadBytes
    if (!fits || this.#retained.store({ ...packet }) === 'full') this.#options.onLimit('retained')
  }

  createRetainedStreamCombi(filters: readonly string[]): Readable {
    return Readable.from(this.#retained.matching(filters))
  }

  async addSubscriptions(client: Client, asked: readonly Subscription[]): Promise<void> {
    const granted = asked.filter(({ topic }) => this.#options.isGranted(client, topic))
    if (granted.length === 0) return
    await this.#options.subscriptions.addSubscriptions(client, granted)
    await this.#touchSession(client)
  }

  async removeSubscriptions(client: ClientRef, topics: readonly string[]): Promise<void> {
    await this.#options.subscriptions.removeSubscriptions(client, topics)
  }

  async subscriptionsByClient(client: ClientRef): Promise<Subscription[]> {
    if (this.#sessions.has(client.id)) await this.#touchSession(client)
    return this.#options.subscriptions.subscriptionsByClient(client)
  }

  subscriptionsByTopic(topic: string): Promise<{ clientId: string }[]> {
    return this.#options.subscriptions.subscriptionsByTopic(topic)
  }

  async cleanSubscriptions(client: ClientRef): Promise<void> {
    this.#sessions.delete(client.id)
    this.#outgoing.clear(client.id)
    await this.#options.subscriptions.cleanSubscriptions(client)
  }

  async outgoingEnqueue({ clientId }: { clientId: string }, packet: OutgoingPacket): Promise<void> {
    if (this.#outgoing.add(clientId, { ...packet }) === 'full') this.#options.onLimit('queued')
  }

  async outgoingEnqueueCombi(
    sessions: readonly { clientId: string }[],
    packet: OutgoingPacket,
  ): Promise<void> {
    for (const session of sessions) await this.outgoingEnqueue(session, packet)
  }

  async outgoingUpdate(client: ClientRef, packet: OutgoingPacket): Promise<void> {
    if (this.#outgoing.update(client.id, packet) === 'unknown')
      throw new NoSuchPacketError('not in the queue')
  }

  async outgoingClearMessageId(
    client: ClientRef,
    { messageId }: OutgoingPacket,
  ): Promise<OutgoingPacket | undefined> {
    return this.#outgoing.remove(client.id, messageId)
  }

  outgoingStream(client: ClientRef): Readable {
    return Readable.from([...this.#outgoing.get(client.id)])
  }

  /** Only the id of the message is stored; the number of unreleased messages of a client is bounded. */
  async incomingStorePacket(client: ClientRef, { messageId }: QosPacket): Promise<void> {
    const ids = this.#qos2InFlight.get(client.id) ?? new Set()
    if (ids.size >= fixedBrokerLimits.qos2InFlight)
      throw new TooManyInFlightError('too many unreleased QoS 2 messages')
    this.#qos2InFlight.set(client.id, ids.add(messageId))
    if (!client.clean) await this.#touchSession(client)
  }

  async incomingGetPacket(client: ClientRef, packet: QosPacket): Promise<QosPacket> {
    if (this.#qos2InFlight.get(client.id)?.has(packet.messageId)) return packet
    throw new NoSuchPacketError('not received before')
  }

  async incomingDelPacket(client: ClientRef, { messageId }: QosPacket): Promise<void> {
    const ids = this.#qos2InFlight.get(client.id)
    ids?.delete(messageId)
    if (ids?.size === 0) this.#qos2InFlight.delete(client.id)
  }

  async cleanIncoming(client: ClientRef): Promise<void> {
    this.#qos2InFlight.delete(client.id)
  }

  async putWill(client: ClientRef, will: object): Promise<void> {
    this.#wills.set(client.id, will)
  }

  async delWill(client: ClientRef): Promise<void> {
    this.#wills.delete(client.id)
  }

  /** Last wills of other brokers that died. There are none; those of this broker's clients are published when their connection ends. */
  streamWill(): Readable {
    return Readable.from([])
  }

  async #touchSession(client: ClientRef): Promise<void> {
    this.#sessions.delete(client.id)
    this.#sessions.add(client.id)
    const [oldest] = this.#sessions.size > this.#options.limits.sessions ? this.#sessions : []
    if (oldest === undefined) return
    this.#options.onLimit('sessions')
    await this.cleanSubscriptions({ id: oldest })
    await this.cleanIncoming({ id: oldest })
  }
}
