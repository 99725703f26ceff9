/** The part of a socket that the queue uses. */
interface Connection {
  readonly destroyed: boolean
  write(bytes: Buffer): boolean
}

/** A received message that is not acknowledged yet. */
export interface PendingAck {
  acknowledge(): void
}

/**
 * Acknowledges QoS 1 messages on the connection on which they arrived, in their order of arrival, as MQTT requires
 * [MQTT-4.6.0-2], in whatever order they are processed. Acknowledgements of one turn of the event loop share a write.
 */
export class AckQueue {
  readonly #connection: Connection
  #pending: { messageId: number; done: boolean }[] = []
  #flushing = false

  constructor(connection: Connection) {
    this.#connection = connection
  }

  enqueue(messageId: number): PendingAck {
    const held = { messageId, done: false }
    this.#pending.push(held)
    return {
      acknowledge: () => {
        held.done = true
        if (this.#flushing) return
        this.#flushing = true
        process.nextTick(() => this.#flush())
      },
    }
  }

  #flush(): void {
    this.#flushing = false
    const firstUndone = this.#pending.findIndex(({ done }) => !done)
    const done = this.#pending.splice(0, firstUndone === -1 ? this.#pending.length : firstUndone)
    // After a lost connection the broker sends them again, with other ids.
    if (done.length === 0 || this.#connection.destroyed) return
    this.#connection.write(Buffer.concat(done.map(({ messageId }) => puback(messageId))))
  }
}

/** PUBACK, the same in MQTT 3.1.1 and 5, where it means success without a reason code. */
function puback(messageId: number): Buffer {
  const packet = Buffer.from([0x40, 2, 0, 0])
  packet.writeUInt16BE(messageId, 2)
  return packet
}
