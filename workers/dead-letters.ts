/** A journal entry or job that could not be handled, kept for inspection by a person. */
export interface DeadLetter {
  /** Source and key: `records:4711`, `findings:f-0123`. */
  id: string
  /** Name of the journal consumer or queue that could not handle it. */
  source: string
  /** Device that it concerns, if any. */
  device: string | null
  /** Message of the last failure. */
  error: string
  attempts: number
  /** When it became a dead letter, ms since 1970 UTC. */
  at: number
  /** The entry or job data, unchanged. */
  content: unknown
}

export type DeadLetterOutcome =
  /** Handled or dropped. */
  | { is: 'settled' }
  /** Queued again, with all its attempts. */
  | { is: 'queued' }
  /** Retried, and failed again. */
  | { is: 'failed'; error: string }
  /** Accepted; its source will process the request later. */
  | { is: 'waiting' }
  | { is: 'unknown' }

export interface DeadLetterPage {
  limit: number
  /** Only dead letters after this one in the list. */
  after?: Pick<DeadLetter, 'at' | 'id'>
}

export interface DeadLetters {
  /** Return the newest first; those of the same time by id, descending. */
  list(page: DeadLetterPage): Promise<DeadLetter[]>
  /** Handle it again, in the consumer or queue where it failed. */
  retry(id: string): Promise<DeadLetterOutcome>
  /** Drop it. */
  drop(id: string): Promise<DeadLetterOutcome>
}

/** Source of dead letters: a consumer or a queue. `key` is the part of the id after the source name. */
export interface DeadLetterSource {
  readonly name: string
  list(page: DeadLetterPage): Promise<DeadLetter[]>
  retry(key: string): Promise<DeadLetterOutcome>
  drop(key: string): Promise<DeadLetterOutcome>
}

/** Combine the dead letters of all sources into one list. */
export function combineDeadLetters(sources: readonly DeadLetterSource[]): DeadLetters {
  const find = (id: string) => {
    const place = sources.find(({ name }) => id.startsWith(`${name}:`))
    return place && { place, key: id.slice(place.name.length + 1) }
  }
  return {
    async list(page) {
      const lists = await Promise.all(sources.map((place) => place.list(page)))
      return lists.flat().sort(compareNewestFirst).slice(0, page.limit)
    },
    async retry(id) {
      const found = find(id)
      return found === undefined ? { is: 'unknown' } : found.place.retry(found.key)
    },
    async drop(id) {
      const found = find(id)
      return found === undefined ? { is: 'unknown' } : found.place.drop(found.key)
    },
  }
}

type ListPosition = Pick<DeadLetter, 'at' | 'id'>

export function compareNewestFirst(one: ListPosition, other: ListPosition): number {
  return other.at - one.at || (other.id < one.id ? -1 : 1)
}

/** Tell whether it comes after another one in the list; true where there is no other. */
export function isAfter(one: ListPosition, other: ListPosition | undefined): boolean {
  return other === undefined || compareNewestFirst(other, one) < 0
}

/** Return the device that a journal entry or the data of a job concerns. */
export function extractDeviceId(content: unknown): string | null {
  if (typeof content !== 'object' || content === null) return null
  if ('reading' in content) return extractDeviceId(content.reading)
  const device = 'device' in content ? content.device : undefined
  if (typeof device === 'string') return device
  if (typeof device !== 'object' || device === null || !('id' in device)) return null
  return typeof device.id === 'string' ? device.id : null
}
