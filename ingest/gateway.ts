/** One MQTT message as it arrived. */
export interface InboundMessage {
  topic: string
  payload: Buffer
  /** Who sent it, where the broker tells: the MQTT client id. An external broker does not. */
  clientId?: string
}

/** Resolves when what the message says is durable: only then is it acknowledged. It never rejects for bad content. */
export type Accept = (message: InboundMessage) => Promise<void>

export interface GatewayInfo {
  /** `mqtt://host:port` that devices use. */
  url: string
  /** Connected clients, where this process is the broker. */
  connections?: number
  connected: boolean
  /** How often each limit for clients was met since the start, where this process is the broker. */
  limitHits?: Readonly<Record<string, number>>
}

/** The program's side of MQTT: an embedded broker, or a client of an external one. */
export interface Gateway {
  start(): Promise<void>
  /** Stop taking messages, acknowledges what was accepted, and close. Never unsubscribes a persistent session. */
  stop(): Promise<void>
  /**
   * Publish with QoS 1.
   * @param expirySeconds how long a broker may keep it for an absent subscriber (MQTT 5)
   * @returns `no_subscribers` when it is known that no subscriber is connected; then nothing was kept.
   */
  publish(topic: string, payload: string, expirySeconds: number): Promise<'sent' | 'no_subscribers'>
  /** Call back with the topic filter whenever a client subscribes, where this process is the broker. */
  onSubscribe(listener: (topicFilter: string, clientId: string) => void): void
  info(): GatewayInfo
}
