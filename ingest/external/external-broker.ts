import { setImmediate } from 'node:timers/promises'
import { connect, type IClientOptions, type IPublishPacket, type MqttClient } from 'mqtt'
import type { Topics } from '../../contract/topics.ts'
import { ExpectedError } from '../../lib/expected-error.ts'
import { passFailpoint } from '../../lib/failpoint.ts'
import { settlesWithin } from '../../lib/settles-within.ts'
import type { Accept, Gateway, GatewayInfo, InboundMessage } from '../gateway.ts'
import { InFlightCounter } from '../in-flight-counter.ts'
import { AckQueue } from './ack-queue.ts'

export interface ExternalBrokerOptions {
  /** `mqtt://user:password@host:1883`, or `mqtts://`, `ws://`, `wss://`. */
  url: string
  /** 5, or 4 for MQTT 3.1.1. */
  protocolVersion: 4 | 5
  /** Client id of the session in which the broker queues messages while this process is stopped: unique and stable. */
  clientId: string
  topics: Topics
  accept: Accept
  keepaliveSeconds?: number
  /**
   * `alone`, the default: this client receives all messages. `publish`: it only publishes. `states`: it receives what
   * devices say of themselves, and first what the broker has retained of that. Neither keeps a session. A group: the
   * broker divides the messages among the clients of the group (a shared subscription), without what it has retained.
   */
  receives?: 'alone' | 'publish' | 'states' | { group: string }
  /** Maximum packet size, bytes; an MQTT 5 broker drops larger packets. */
  maxPacketBytes?: number
  /** Called with the reason for a lost connection, once per reason, and with errors of storing a message. */
  onError: (error: Error) => void
}

const reconnectMs = 1_000
const sessionExpirySeconds = 7 * 24 * 3_600
/** Maximum number of unacknowledged messages (receive maximum). MQTT 3.1.1 leaves that to the broker's settings. */
const receiveMaximum = 1_000
const defaultMaxPacketBytes = 2 * 1024 * 1024
const noMatchingSubscribersCode = 16

// Together below the two seconds that a stop may take.
const commitDeadlineMs = 1_300
const endDeadlineMs = 400

/** Create a client of an external MQTT broker. It reconnects without limit. */
export function createExternalBroker(options: ExternalBrokerOptions): Gateway {
  return new ExternalBroker(options)
}

/** The broker did not accept a message: it is unavailable, disconnected before its reply, or rejected it. Publish it again. */
export class PublishError extends ExpectedError {
  override readonly name = 'PublishError'
}

/** The broker rejected a subscription. */
class SubscriptionError extends ExpectedError {
  override readonly name = 'SubscriptionError'
}

/** Makes mqtt.js continue with the next packet and leave this acknowledgement to the queue. */
const deferredAck = new Error('acknowledged later')

class ExternalBroker implements Gateway {
  readonly keepsMessages = true
  readonly #options: ExternalBrokerOptions
  readonly #acks = new WeakMap<MqttClient['stream'], AckQueue>()
  readonly #inFlight = new InFlightCounter()
  /** Ids of published messages to which the broker replied that there is no subscriber. */
  readonly #withoutSubscribers = new Set<number | undefined>()
  #client: MqttClient | undefined
  #subscribed = false
  #lastErrorMessage = ''
  #stopping = false

  constructor(options: ExternalBrokerOptions) {
    this.#options = options
  }

  /** Connect and subscribe; resolve after the first attempt, whether it succeeds or fails. */
  async start(): Promise<void> {
    const client = connect(this.#options.url, clientOptions(this.#options))
    this.#client = client
    // mqtt.js takes the next packet only when this calls back, and would acknowledge then: one message at a time, no
    // answer to pings meanwhile, and after a reconnect an old id on the new connection. So it calls back at once.
    client.handleMessage = (packet, callback) => {
      this.#acceptMessage(packet, client.stream)
      callback(deferredAck)
    }
    client.on('error', (error) => this.#reportError(error))
    // mqtt.js does not pass the reply to the caller of publish.
    client.on('packetreceive', (packet) => {
      const unheard = packet.cmd === 'puback' && packet.reasonCode === noMatchingSubscribersCode
      if (unheard) this.#withoutSubscribers.add(packet.messageId)
    })
    await new Promise<void>((answered) => {
      client.on('connect', () => this.#subscribe(client, answered))
      client.on('close', () => {
        this.#onConnectionClosed(client)
        answered()
      })
      client.connect()
    })
  }

  async stop(): Promise<void> {
    const client = this.#client
    if (client === undefined || this.#stopping) return
    this.#stopping = true
    await settlesWithin(commitDeadlineMs, this.#inFlight.waitUntilIdle())
    await setImmediate()
    await settlesWithin(endDeadlineMs, client.endAsync())
    client.stream.destroy()
  }

  async publish(topic: string, payload: string, expirySeconds: number): Promise<'sent' | 'no_subscribers'> {
    const client = this.#client
    if (!client?.connected || this.#stopping) throw new PublishError(`no connection to ${this.info().url}`)
    const properties = { messageExpiryInterval: expirySeconds }
    try {
      const packet = await client.publishAsync(topic, payload, { qos: 1, properties })
      return this.#withoutSubscribers.delete(packet?.messageId) ? 'no_subscribers' : 'sent'
    } catch (cause) {
      throw new PublishError(`the broker did not accept a message for ${topic}`, { cause })
    }
  }

  /** An external broker does not report subscriptions. */
  onSubscribe(): void {}

  info(): GatewayInfo {
    return {
      url: withoutCredentials(this.#options.url),
      connected: this.#subscribed && !this.#stopping,
    }
  }

  #subscribe(client: MqttClient, answered: () => void): void {
    const { topics, receives = 'alone' } = this.#options
    if (receives === 'publish') {
      this.#subscribed = true
      answered()
      return
    }
    const shared = typeof receives === 'string' ? '' : `$share/${receives.group}/`
    const all = [`${topics.prefix}/devices/#`, topics.receipt('+', '+')]
    const filters = receives === 'states' ? [topics.state('+')] : all.map((one) => shared + one)
    // Retain handling 1: retained states come with the session's first subscription only.
    client.subscribe(filters, { qos: 1, rh: 1 }, (error, granted) => {
      const rejected = granted?.find(({ qos }) => qos >= 128)
      if (error) this.#reportError(error)
      else if (rejected)
        this.#reportError(
          new SubscriptionError(
            `the broker rejects the subscription to ${rejected.topic}: check its access control list`,
          ),
        )
      else {
        this.#subscribed = true
        this.#lastErrorMessage = ''
      }
      answered()
    })
  }

  /** Fail unanswered publications now, instead of letting mqtt.js send them later. */
  #onConnectionClosed(client: MqttClient): void {
    this.#subscribed = false
    for (const messageId of Object.keys(client.outgoing)) client.removeOutgoingMessage(Number(messageId))
  }

  #acceptMessage(packet: IPublishPacket, connection: MqttClient['stream']): void {
    if (this.#stopping) return
    const { qos, messageId } = packet
    const held =
      qos > 0 && messageId !== undefined ? this.#ackQueueOf(connection).enqueue(messageId) : undefined
    this.#inFlight.begin()
    this.#options
      .accept(toInboundMessage(packet))
      .then(
        () => {
          passFailpoint('gateway.before_puback')
          held?.acknowledge()
        },
        (error: Error) => {
          this.#reportError(error)
          // The broker sends the message again on the next connection.
          connection.destroy()
        },
      )
      .finally(() => this.#inFlight.end())
  }

  #ackQueueOf(connection: MqttClient['stream']): AckQueue {
    const known = this.#acks.get(connection)
    if (known !== undefined) return known
    const acks = new AckQueue(connection)
    this.#acks.set(connection, acks)
    return acks
  }

  #reportError(error: Error): void {
    if (error.message === this.#lastErrorMessage || this.#stopping) return
    this.#lastErrorMessage = error.message
    this.#options.onError(error)
  }
}

function toInboundMessage({ topic, payload, retain }: IPublishPacket): InboundMessage {
  const bytes = typeof payload === 'string' ? Buffer.from(payload) : payload
  return retain ? { topic, payload: bytes, retained: true } : { topic, payload: bytes }
}

/** Tell whether nothing has to wait for this client while it is away. */
function isPassing(receives: ExternalBrokerOptions['receives']): boolean {
  return receives === 'publish' || receives === 'states'
}

function clientOptions({
  protocolVersion,
  clientId,
  keepaliveSeconds = 60,
  maxPacketBytes = defaultMaxPacketBytes,
  receives,
}: ExternalBrokerOptions): IClientOptions {
  const options: IClientOptions = {
    protocolVersion,
    clientId,
    keepalive: keepaliveSeconds,
    clean: isPassing(receives),
    manualConnect: true,
    resubscribe: false,
    reconnectPeriod: reconnectMs,
  }
  if (protocolVersion === 4) return options
  const properties = {
    sessionExpiryInterval: isPassing(receives) ? 0 : sessionExpirySeconds,
    receiveMaximum,
    maximumPacketSize: maxPacketBytes,
  }
  return { ...options, properties }
}

function withoutCredentials(address: string): string {
  const url = new URL(address)
  url.username = ''
  url.password = ''
  return url.href
}
