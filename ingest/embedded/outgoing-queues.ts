import { estimateBytes, type StoredMessage } from './retained-messages.ts'

/** A message or a PUBREL on its way to a client: the broker's two numbers tell messages apart, the id is the client's. */
export interface OutgoingPacket extends Partial<StoredMessage> {
  brokerId?: string
  brokerCounter?: number
  messageId?: number | undefined
}

export interface QueueLimits {
  /** Of one client. */
  messages: number
  /** Of all clients together. */
  bytes: number
}

/** What clients with a session have not acknowledged yet, within bounds. */
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

  /** Record under which id a message was sent, or puts a PUBREL in the place of the message with its id. */
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

  /** Take out what was acknowledged. */
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
