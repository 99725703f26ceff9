import { estimateBytes, type StoredMessage } from './retained-messages.ts'

/** A message or a PUBREL on its way to a client: the broker's two numbers identify the message, the id is the client's. */
export interface OutgoingPacket extends Partial<StoredMessage> {
  brokerId?: string
  brokerCounter?: number
  messageId?: number | undefined
}

export interface QueueLimits {
  /** Limit per client. */
  messages: number
  /** Limit of all clients together. */
  bytes: number
}

/** Bounded queues of messages that clients with a session have not acknowledged yet. */
export class OutgoingQueues {
  readonly #queues = new Map<string, OutgoingPacket[]>()
  readonly #limits: QueueLimits
  #bytes = 0

  constructor(limits: QueueLimits) {
    this.#limits = limits
  }

  add(client: string, packet: OutgoingPacket): 'queued' | 'full' {
    const queue = this.#queues.get(client) ?? []
    const bytes = this.#bytes + estimateBytes(packet)
    if (queue.length >= this.#limits.messages || bytes > this.#limits.bytes) return 'full'
    this.#bytes = bytes
    this.#queues.set(client, queue)
    queue.push(packet)
    return 'queued'
  }

  get(client: string): readonly OutgoingPacket[] {
    return this.#queues.get(client) ?? []
  }

  /** Record the id under which a message was sent, or replace the message with that id by its PUBREL. */
  update(client: string, packet: OutgoingPacket): 'updated' | 'unknown' {
    const queue = this.#queues.get(client) ?? []
    const { brokerId, brokerCounter, messageId } = packet
    const sent = queue.find(
      (each) => brokerId !== undefined && each.brokerId === brokerId && each.brokerCounter === brokerCounter,
    )
    if (sent !== undefined) {
      sent.messageId = messageId
      return 'updated'
    }
    const at = queue.findIndex(
      (each) => each.messageId === messageId && (brokerId === undefined || each.brokerId !== brokerId),
    )
    const [before] = at === -1 ? [] : queue.splice(at, 1, packet)
    if (before === undefined) return 'unknown'
    this.#bytes += estimateBytes(packet) - estimateBytes(before)
    return 'updated'
  }

  /** Remove an acknowledged message. */
  remove(client: string, messageId: number | undefined): OutgoingPacket | undefined {
    const queue = this.#queues.get(client) ?? []
    const at = queue.findIndex((each) => each.messageId === messageId)
    const [removed] = at === -1 ? [] : queue.splice(at, 1)
    if (removed !== undefined) this.#bytes -= estimateBytes(removed)
    if (queue.length === 0) this.#queues.delete(client)
    return removed
  }

  clear(client: string): void {
    for (const packet of this.get(client)) this.#bytes -= estimateBytes(packet)
    this.#queues.delete(client)
  }
}
