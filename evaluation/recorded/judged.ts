/** What a method answers when it is asked for the date of the crossing; ms. */
export type Answer = { is: 'date'; p50: number; p10?: number; p90?: number } | { is: 'withheld'; why: string }

/** An answer beside what really happened; all on one time axis, ms. */
export interface Judged {
  /** Which life: forecasts of one life belong together. */
  life: string
  at: number
  answer: Answer
  event: number
  /** From the part's begin to the event. */
  lifetime: number
}

type Dated = Judged & { answer: { is: 'date' } }

export const isDated = (judged: Judged): judged is Dated => judged.answer.is === 'date'

/** Predicted less true: above 0 the forecast came too late, below 0 it warned too early. */
export const errorOf = ({ answer, event }: Dated): number => answer.p50 - event

/** What was truly left at the moment of the forecast. */
export const remainingOf = ({ at, event }: Judged): number => event - at
