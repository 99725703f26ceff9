/** Something that could not be handled, kept for a person to look at. */
export interface DeadLetter {
  /** `records:4711`, `findings:f-0123`: the place, and what it is called there. */
  id: string
  /** The consumer of the journal or the queue that could not handle it. */
  source: string
  /** The device that it is about, where it is about one. */
  device: string | null
  /** Its last failure, in words. */
  error: string
  attempts: number
  /** When it was given up, ms since 1970 UTC. */
  at: number
  /** What could not be handled, as it is. */
  content: unknown
}

export type DeadLetterOutcome =
  /** It was handled, or forgotten. */
  | { is: 'settled' }
  /** It has all its attempts again. */
  | { is: 'queued' }
  /** It was tried, and could not be handled again. */
  | { is: 'failed'; error: string }
  /** It is done as soon as its place has time for it. */
  | { is: 'waiting' }
  | { is: 'unknown' }

export interface DeadLetterPage {
  limit: number
  /** Only those that come after this one in the list. */
  after?: Pick<DeadLetter, 'at' | 'id'>
}

export interface DeadLetters {
  /** The newest first; of the same moment by id, the last one first. */
  list(page: DeadLetterPage): Promise<DeadLetter[]>
  /** Has it handled again, by whoever could not. */
  retry(id: string): Promise<DeadLetterOutcome>
  /** Forgets it. */
  drop(id: string): Promise<DeadLetterOutcome>
}

/** Where dead letters are kept. `key` is what stands in their ids behind the place. */
export interface DeadLetterSource {
  readonly name: string
  list(page: DeadLetterPage): Promise<DeadLetter[]>
  retry(key: string): Promise<DeadLetterOutcome>
  drop(key: string): Promise<DeadLetterOutcome>
}

/** The dead letters of all places as one list. */
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

/** Whether it comes after another one in the list; all do where there is no other. */
export function isAfter(one: ListPosition, other: ListPosition | undefined): boolean {
  return other === undefined || compareNewestFirst(other, one) < 0
}

/** The device that an entry of the journal or the data of a job is about. */
export function extractDeviceId(content: unknown): string | null {
  if (typeof content !== 'object' || content === null) return null
  if ('reading' in content) return extractDeviceId(content.reading)
  const device = 'device' in content ? content.device : undefined
  if (typeof device === 'string') return device
  if (typeof device !== 'object' || device === null || !('id' in device)) return null
  return typeof device.id === 'string' ? device.id : null
}
