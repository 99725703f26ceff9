import { setImmediate } from 'node:timers/promises'
import { filterMatches } from './topic-filter.ts'

/** A stored message with its MQTT properties. */
export interface StoredMessage {
  topic: string
  payload: Buffer | string
}

/** Approximate memory of a packet besides topic and payload, bytes. */
const packetOverheadBytes = 512
/** Topics compared before the event loop continues. */
const comparisonsPerTurn = 1_000

/** @param packet a message, or a PUBREL, which has neither topic nor payload */
export function estimateBytes({ topic = '', payload = '' }: Partial<StoredMessage>): number {
  return topic.length + payload.length + packetOverheadBytes
}

/** Retained messages: the last one of each topic, for later subscribers. */
export class RetainedMessages {
  readonly #packets = new Map<string, StoredMessage>()
  readonly #maxBytes: number
  #bytes = 0

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes
  }

  /** Store a message; an empty payload removes it. `full`: no space for another topic or a longer message. */
  store(packet: StoredMessage): 'stored' | 'removed' | 'full' {
    const before = this.#packets.get(packet.topic)
    const bytesBefore = before === undefined ? 0 : estimateBytes(before)
    if (packet.payload.length === 0) {
      this.#packets.delete(packet.topic)
      this.#bytes -= bytesBefore
      return 'removed'
    }
    const bytes = this.#bytes - bytesBefore + estimateBytes(packet)
    if (bytes > this.#maxBytes && bytes > this.#bytes) return 'full'
    this.#packets.set(packet.topic, packet)
    this.#bytes = bytes
    return 'stored'
  }

  /** Yield the messages that match any of the filters; a message that matches two comes twice. */
  async *matching(filters: readonly string[]): AsyncGenerator<StoredMessage> {
    for (const filter of filters) {
      if (/[+#]/.test(filter)) yield* this.#wildcardMatches(filter)
      else yield* this.#exactMatch(filter)
    }
  }

  *#exactMatch(topic: string): Generator<StoredMessage> {
    const packet = this.#packets.get(topic)
    if (packet !== undefined) yield packet
  }

  async *#wildcardMatches(filter: string): AsyncGenerator<StoredMessage> {
    let compared = 0
    for (const [topic, packet] of this.#packets) {
      if (filterMatches(filter, topic.split('/'))) yield packet
      if (++compared % comparisonsPerTurn === 0) await setImmediate()
    }
  }
}
