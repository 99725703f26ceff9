import { type EventEmitter, once } from 'node:events'
import { createServer, type Server, type Socket } from 'node:net'
import { Aedes, type AedesPublishPacket, type Client, type PublishPacket, type Subscription } from 'aedes'
import type { Topics } from '../../contract/topics.ts'
import { ExpectedError } from '../../lib/expected-error.ts'
import { passFailpoint } from '../../lib/failpoint.ts'
import { settlesWithin } from '../../lib/settles-within.ts'
import type { Accept, Gateway, GatewayEvents, GatewayInfo } from '../gateway.ts'
import { InFlightCounter } from '../in-flight-counter.ts'
import { BoundedPersistence, type SubscriptionStore } from './bounded-persistence.ts'
import {
  type BrokerLimitName,
  type BrokerLimits,
  defaultBrokerLimits,
  fixedBrokerLimits,
} from './broker-limits.ts'
import { maxConnectionsForOpenFiles } from './open-file-limit.ts'
import { guardPackets } from './packet-guard.ts'
import { disconnectIfSlow, limitDrainWait } from './slow-subscribers.ts'
import { SubscriptionIndex } from './subscription-index.ts'
import { Throttle } from './throttle.ts'
import { filterMatches } from './topic-filter.ts'
import { type ConnectRejectedError, isWithinTopicLimits, validateConnect } from './validate-connect.ts'

export interface EmbeddedBrokerOptions extends Partial<GatewayEvents> {
  host: string
  /** 0 for any free port; `info().url` has the actual one. */
  port: number
  topics: Topics
  accept: Accept
  /** Further connections are closed at once. Reduced to what the limit of open files allows. */
  maxConnections: number
  limits?: Partial<BrokerLimits>
  /** Called when a client's connection ends abnormally; `client` is empty before its CONNECT. */
  onClientError: (error: Error, client: string) => void
}

const tcpKeepAliveMs = 60_000

// Together below the two seconds that a stop may take.
const commitDeadlineMs = 1_300
const flushDeadlineMs = 400

/** Monotonic clock, ms. */
const now = () => performance.now()

type Done = (error?: Error | null) => void

/** An MQTT 3.1.1 broker (aedes) in this process. */
export function createEmbeddedBroker(options: EmbeddedBrokerOptions): Gateway {
  return new EmbeddedBroker(options)
}

/** A client published below `$SYS/`, which is reserved for the broker. */
class ReservedTopicError extends ExpectedError {
  override readonly name = 'ReservedTopicError'
}

class EmbeddedBroker implements Gateway {
  readonly keepsMessages = false
  readonly #options: EmbeddedBrokerOptions
  readonly #limits: BrokerLimits
  readonly #limitHits = new Map<BrokerLimitName, number>()
  readonly #rejections = new WeakMap<Client, ConnectRejectedError>()
  readonly #throttles = new WeakMap<Client, Throttle>()
  readonly #subscribers = new SubscriptionIndex()
  readonly #sockets = new Set<Socket>()
  /** Clients with a CONNACK, by id. The count of aedes is wrong after a take-over of a client that is just leaving. */
  readonly #clients = new Map<string, Client>()
  #takeovers = 0
  #outsidePrefix = 0
  readonly #inFlight = new InFlightCounter()
  readonly #onSubscribe: ((topicFilter: string, clientId: string) => void)[] = []
  #running: { broker: Aedes; server: Server; url: string } | undefined
  #stopping = false

  constructor(options: EmbeddedBrokerOptions) {
    this.#options = options
    this.#limits = { ...defaultBrokerLimits, ...options.limits }
  }

  /** @throws the system's error when the address cannot be listened on, e.g. with the code EADDRINUSE */
  async start(): Promise<void> {
    const { host, port, maxConnections } = this.#options
    const broker = await this.#createBroker()
    this.#registerHandlers(broker)
    const server = createServer((socket) => this.#connect(broker, socket))
    server.maxConnections = Math.min(maxConnections, maxConnectionsForOpenFiles())
    server.listen(port, host)
    try {
      await once(server, 'listening')
    } catch (error) {
      broker.close()
      throw error
    }
    // Accepting a connection can fail for lack of file descriptors; that must not end the program.
    server.on('error', (error) => this.#options.onClientError(error, ''))
    this.#running = { broker, server, url: urlOf(server, host) }
  }

  async stop(): Promise<void> {
    if (this.#running === undefined || this.#stopping) return
    const { broker, server } = this.#running
    this.#stopping = true
    server.close()
    await settlesWithin(commitDeadlineMs, this.#inFlight.waitUntilIdle())
    await settlesWithin(flushDeadlineMs, this.#endSockets())
    await new Promise<void>((resolve) => broker.close(resolve))
    for (const socket of this.#sockets) socket.destroy()
  }

  async publish(topic: string, payload: string): Promise<'sent' | 'no_subscribers'> {
    const broker = this.#running?.broker
    if (broker === undefined || this.#stopping || !this.#subscribers.hasConnectedSubscriber(topic)) {
      return 'no_subscribers'
    }
    const message = { cmd: 'publish', topic, payload: Buffer.from(payload), qos: 1 } as const
    return new Promise((resolve, reject) => {
      broker.publish({ ...message, dup: false, retain: false }, (error) => {
        if (error) reject(error)
        else resolve('sent')
      })
    })
  }

  onSubscribe(listener: (topicFilter: string, clientId: string) => void): void {
    this.#onSubscribe.push(listener)
  }

  info(): GatewayInfo {
    const running = this.#running
    if (running === undefined || this.#stopping) return { url: running?.url ?? '', connected: false }
    const limitHits = Object.fromEntries(this.#limitHits)
    const counts = { takeovers: this.#takeovers, outsidePrefix: this.#outsidePrefix }
    return { url: running.url, connections: this.#clients.size, connected: true, limitHits, ...counts }
  }

  async #createBroker(): Promise<Aedes> {
    const broker = await Aedes.createBroker({
      // One client that does not read must not fill a queue that all clients share.
      concurrency: 0,
      connectTimeout: this.#limits.connectTimeoutMs,
      drainTimeout: fixedBrokerLimits.unreadTimeoutMs,
      maxInflightInbound: fixedBrokerLimits.qos2InFlight,
      preConnect: (client, packet, done) => {
        const rejection = validateConnect(packet)
        if (rejection !== undefined) this.#rejections.set(client, rejection)
        done(null, true)
      },
      authenticate: (client, _user, _password, done) => {
        const rejection = this.#rejections.get(client)
        if (rejection !== undefined) this.#recordLimitHit('connect_refused')
        else this.#recordTakeover(client)
        done(rejection ?? null, rejection === undefined)
      },
      authorizePublish: (client, packet, done) => this.#authorizePublish(client, packet, done),
      authorizeSubscribe: (client, subscription, done) =>
        done(null, this.#authorizeSubscription(client, subscription) ? subscription : null),
      authorizeForward: (client, packet) => this.#forward(client, packet),
    })
    const { persistence } = broker as Aedes & { persistence: SubscriptionStore }
    const bounded = new BoundedPersistence({
      subscriptions: persistence,
      limits: this.#limits,
      isGranted: (client, topic) => this.#subscribers.has(client, topic),
      onLimit: (limit) => this.#recordLimitHit(limit),
    })
    return Object.assign(broker, { persistence: bounded })
  }

  #connect(broker: Aedes, socket: Socket): void {
    this.#sockets.add(socket)
    socket.once('close', () => this.#sockets.delete(socket))
    socket.setNoDelay(true)
    // A vanished client without an MQTT keepalive would otherwise stay connected.
    socket.setKeepAlive(true, tcpKeepAliveMs)
    const client = broker.handle(socket)
    limitDrainWait(client)
    const throttle = new Throttle(
      { perSecond: this.#limits.messageRate, burst: this.#limits.messageRate },
      now,
    )
    this.#throttles.set(client, throttle)
    socket.once('close', () => throttle.clear())
    guardPackets(socket, {
      maxPublishBytes: this.#limits.packetBytes,
      now,
      onViolation: (fault) => this.#recordLimitHit(fault),
    })
  }

  #trackClient(client: Client): void {
    if (client.conn.destroyed) return
    this.#clients.set(client.id, client)
    client.conn.once('close', () => {
      if (this.#clients.get(client.id) === client) this.#clients.delete(client.id)
    })
  }

  /** aedes closes the connection of a client when another one connects with the same id (MQTT 3.1.1, 3.1.4-2). */
  #recordTakeover({ id }: Client): void {
    const other = this.#clients.get(id)
    if (other === undefined || other.conn.destroyed) return
    this.#takeovers += 1
    this.#options.onTakeover?.(id)
  }

  #recordLimitHit(limit: BrokerLimitName): void {
    this.#limitHits.set(limit, (this.#limitHits.get(limit) ?? 0) + 1)
  }

  #registerHandlers(broker: Aedes): void {
    const tell = (client: Client, topics: readonly string[]): void => {
      for (const listener of this.#onSubscribe) for (const topic of topics) listener(topic, client.id)
    }
    broker.on('subscribe', (subscriptions, client) => {
      const topics = subscriptions.map(({ topic }) => topic)
      tell(client, topics)
    })
    broker.on('client', (client) => unregisterIfClosed(broker, client))
    broker.on('clientReady', (client) => {
      this.#trackClient(client)
      // A persistent session returns with its subscriptions, without SUBSCRIBE.
      tell(client, this.#subscribers.topics(client))
    })
    broker.on('unsubscribe', (topics, client) => {
      for (const topic of topics) this.#subscribers.remove(client, topic)
    })
    const report = (client: Client, error: Error): void => {
      this.#options.onClientError(this.#rejections.get(client) ?? error, client.id ?? '')
    }
    broker.on('clientError', report)
    broker.on('connectionError', report)
    const events: EventEmitter = broker
    events.on('error', (error: Error) => this.#options.onClientError(error, ''))
  }

  /** A last will comes from a client that is closed already; it does not wait behind the client's messages. */
  #authorizePublish(client: Client | null, packet: PublishPacket, done: Done): void {
    const throttle = client === null || client.closed ? undefined : this.#throttles.get(client)
    const take = () => this.#acceptMessage(client, packet, done)
    if (throttle === undefined) take()
    else if (throttle.schedule(take) === 'later') this.#recordLimitHit('message_rate')
  }

  /**
   * Withhold a message's acknowledgement until it is accepted. An error closes the connection without one, so that the message
   * is sent again: for messages that could not be stored, never for invalid ones.
   */
  #acceptMessage(client: Client | null, packet: PublishPacket, done: Done): void {
    const { topics, accept } = this.#options
    const { topic } = packet
    // While stopping nothing is accepted; the clients' last wills would be false.
    if (this.#stopping) return
    if (topic.startsWith('$SYS/')) {
      done(new ReservedTopicError(`${topic} is reserved for the broker`))
      return
    }
    if (!topic.startsWith(`${topics.prefix}/`)) {
      this.#outsidePrefix += 1
      this.#options.onOutsidePrefix?.({ topic, clientId: client?.id })
      done()
      return
    }
    // Only the last state of a device is retained; only this program publishes notices.
    if (!topic.endsWith('/state')) packet.retain = false
    this.#inFlight.begin()
    const complete: Done = (error) => {
      done(error)
      this.#inFlight.end()
    }
    const payload = typeof packet.payload === 'string' ? Buffer.from(packet.payload) : packet.payload
    const message = client === null ? { topic, payload } : { topic, payload, clientId: client.id }
    accept(message).then(() => {
      passFailpoint('gateway.before_puback')
      complete()
    }, complete)
  }

  /** A disconnected persistent session must not make the broker queue all telemetry in memory. */
  #authorizeSubscription(client: Client, { topic, qos }: Subscription): boolean {
    const isNew = !this.#subscribers.has(client, topic)
    if (
      !isWithinTopicLimits(topic) ||
      (isNew && this.#subscribers.count(client) >= this.#limits.subscriptions)
    ) {
      this.#recordLimitHit('subscriptions')
      return false
    }
    const telemetry = this.#options.topics.telemetry('+').split('/')
    const anyDevice = telemetry.map((level) => (level === '+' ? undefined : level))
    if (!client.clean && qos > 0 && filterMatches(topic, anyDevice)) return false
    this.#subscribers.add(client, topic)
    return true
  }

  #forward(client: Client, packet: AedesPublishPacket): AedesPublishPacket | null {
    if (this.#isUnauthorizedOrStaleNotice(packet)) return null
    if (disconnectIfSlow(client) === 'reads') return packet
    this.#recordLimitHit('slow_reader')
    return null
  }

  /**
   * Tell whether a notice was published by a client, or is left in the broker's queue from an earlier connection (only those have a
   * message id here). The delivery ledger decides what a phone still has to get, and it is published again.
   */
  #isUnauthorizedOrStaleNotice({ topic, ...packet }: AedesPublishPacket): boolean {
    const { prefix } = this.#options.topics
    const isNotice = topic.startsWith(`${prefix}/users/`) && topic.endsWith('/notices')
    return isNotice && ('clientId' in packet || packet.messageId !== undefined)
  }

  async #endSockets(): Promise<void> {
    await Promise.all([...this.#sockets].map((socket) => endSocket(socket)))
  }
}

/** End a connection after everything written to it, the last acknowledgements included. */
async function endSocket(socket: Socket): Promise<void> {
  if (socket.destroyed) return
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()))
  socket.end()
  await closed
}

function urlOf(server: Server, host: string): string {
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  return `mqtt://${host.includes(':') ? `[${host}]` : host}:${port}`
}

/** aedes registers a client that leaves while its session is restored, and would never unregister it. */
function unregisterIfClosed(broker: Aedes, client: Client): void {
  if (!client.closed) return
  const registry = broker as Aedes & { unregisterClient(client: Client): void }
  registry.unregisterClient(client)
}
