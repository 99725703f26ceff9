import type { Evidence } from '../../contract/finding.ts'

/** What is wrong with a sensor, or a clock, for as long as it lasts. */
export interface Trouble {
  reason: string
  /** Of values that were not believed. */
  count: number
  /** The count that was last told. */
  told: number
  /** Values since then that were believed. */
  calm: number
  updates: number
  /** The last values that were not believed, oldest first. */
  points: readonly (readonly [ts: number, value: number])[]
}

export interface TroubleState {
  /** Counts the troubles so far. */
  episode: number
  trouble?: Trouble
}

interface TroubleChange {
  state: 'raised' | 'updated' | 'cleared'
  episode: number
  update: number
  trouble: Trouble
}

/** As many believed values in a row end a trouble. */
const calmValues = 10
const pointsKept = 20

interface Mark {
  reason: string
  point: readonly [ts: number, value: number]
}

/**
 * Notes what was not believed. A trouble is told when it begins, each time that its count has doubled, and when ten
 * values in a row were believed: however long it lasts, there are few findings.
 * @param marks none when a value was believed
 */
export function note(
  before: TroubleState | undefined,
  marks: readonly Mark[],
): { state: TroubleState; change?: TroubleChange } {
  const last = marks.at(-1)
  const { episode, trouble } = before ?? { episode: 0 }
  if (last === undefined) return trouble ? calmer(episode, trouble) : { state: { episode } }
  const points = [...(trouble?.points ?? []), ...marks.map(({ point }) => point)].slice(-pointsKept)
  const count = (trouble?.count ?? 0) + marks.length
  const now = { told: count, updates: 0, ...trouble, reason: last.reason, count, points, calm: 0 }
  if (trouble === undefined) return told('raised', episode + 1, now)
  if (count < 2 * trouble.told) return { state: { episode, trouble: now } }
  return told('updated', episode, { ...now, told: count, updates: trouble.updates + 1 })
}

function calmer(episode: number, before: Trouble): { state: TroubleState; change?: TroubleChange } {
  const trouble = { ...before, calm: before.calm + 1 }
  if (trouble.calm < calmValues) return { state: { episode, trouble } }
  return ended({ episode, trouble })
}

/** Ends a trouble that lasts. */
export function ended({ episode, trouble }: TroubleState): { state: TroubleState; change?: TroubleChange } {
  if (trouble === undefined) return { state: { episode } }
  return { state: { episode }, change: { state: 'cleared', episode, update: trouble.updates, trouble } }
}

function told(state: 'raised' | 'updated', episode: number, trouble: Trouble) {
  return { state: { episode, trouble }, change: { state, episode, update: trouble.updates, trouble } }
}

/** The part of the evidence that a trouble gives. */
export function troubleEvidence({
  reason,
  count,
  points,
}: Trouble): Partial<Evidence> & Pick<Evidence, 'points'> {
  const value = points.at(-1)?.[1]
  return {
    ...(value === undefined ? {} : { value }),
    reason,
    count,
    points: points.map(([ts, value]) => [ts, value]),
  }
}
