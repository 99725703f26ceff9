import type { Topics } from '../../contract/topics.ts'
import type { PublishResult } from './device-client.ts'

type Publish = (topic: string, payload: string) => Promise<PublishResult>

/** The notices on a phone. It shows each once, and confirms every delivery: `delivered`, then `read`. */
export class PhoneInbox {
  /** Notice id → number of deliveries. The aim is exactly one. */
  readonly deliveries = new Map<string, number>()
  malformed = 0
  receiptsSent = 0
  readonly #user: string
  readonly #topics: Topics
  readonly #pendingReceipts = new Set<Promise<void>>()

  constructor(user: string, topics: Topics) {
    this.#user = user
    this.#topics = topics
  }

  get topic(): string {
    return this.#topics.notices(this.#user)
  }

  receive(payload: Buffer, publish: Publish): void {
    const id = parseNoticeId(payload)
    if (id === undefined) {
      this.malformed += 1
      return
    }
    this.deliveries.set(id, (this.deliveries.get(id) ?? 0) + 1)
    const answer = this.#sendReceipts(id, publish).finally(() => this.#pendingReceipts.delete(answer))
    this.#pendingReceipts.add(answer)
  }

  /** Wait until every receipt so far is acknowledged. */
  async flushReceipts(): Promise<void> {
    await Promise.all(this.#pendingReceipts)
  }

  async #sendReceipts(id: string, publish: Publish): Promise<void> {
    for (const status of ['delivered', 'read']) {
      const delivery = await publish(this.#topics.receipt(this.#user, id), JSON.stringify({ status }))
      if (delivery === 'acked') this.receiptsSent += 1
    }
  }
}

function parseNoticeId(payload: Buffer): string | undefined {
  try {
    const notice: unknown = JSON.parse(payload.toString())
    const named = typeof notice === 'object' && notice !== null && 'id' in notice
    return named && typeof notice.id === 'string' ? notice.id : undefined
  } catch {
    return undefined
  }
}
