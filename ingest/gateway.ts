/** One MQTT message as it arrived. */
export interface InboundMessage {
  topic: string
  payload: Buffer
  /** MQTT client id of the sender; an external broker does not reveal it. */
  clientId?: string
  /** Kept by an external broker from earlier, and delivered on subscribing. */
  retained?: true
}

/** Resolves when the content of the message is durable; only then is it acknowledged. Never rejects for bad content. */
export type Accept = (message: InboundMessage) => Promise<void>

export interface GatewayInfo {
  /** `mqtt://host:port` that devices use. */
  url: string
  /** Connected clients, where this process is the broker. */
  connections?: number
  connected: boolean
  /** Clients that another with the same client id disconnected since the start, where this process is the broker. */
  takeovers?: number
  /** Messages outside the topic prefix since the start, where this process is the broker. They are delivered, not processed. */
  outsidePrefix?: number
  /** Hits of each client limit since the start, where this process is the broker. */
  limitHits?: Readonly<Record<string, number>>
}

/** Reported by an embedded broker. */
export interface GatewayEvents {
  onTakeover(clientId: string): void
  onOutsidePrefix(message: { topic: string; clientId: string | undefined }): void
}

/** MQTT port of the program: an embedded broker, or a client of an external one. */
export interface Gateway {
  /** Whether messages for subscribers outlive this process. */
  readonly keepsMessages: boolean
  start(): Promise<void>
  /** Stop taking messages, acknowledges what was accepted, and close. Never unsubscribes a persistent session. */
  stop(): Promise<void>
  /**
   * Publish with QoS 1.
   * @param expirySeconds how long a broker may keep it for a disconnected subscriber (MQTT 5)
   * @returns `no_subscribers` when no subscriber is connected; then nothing is kept.
   */
  publish(topic: string, payload: string, expirySeconds: number): Promise<'sent' | 'no_subscribers'>
  /** Call back with the topic filter whenever a client subscribes, where this process is the broker. */
  onSubscribe(listener: (topicFilter: string, clientId: string) => void): void
  info(): GatewayInfo
}
