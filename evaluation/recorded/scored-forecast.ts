/** What a method answers when it is asked for the date of the crossing; ms. */
export type ForecastAnswer =
  | { is: 'date'; p50: number; p10?: number; p90?: number }
  | { is: 'withheld'; why: string }

/** An answer beside what really happened; all on one time axis, ms. */
export interface ScoredForecast {
  /** Which life: forecasts of one life belong together. */
  lifetimeId: string
  forecastAt: number
  answer: ForecastAnswer
  event: number
  /** From the part's begin to the event. */
  lifetimeMs: number
}

type Dated = ScoredForecast & { answer: { is: 'date' } }

export const isDateAnswer = (judged: ScoredForecast): judged is Dated => judged.answer.is === 'date'

/** Predicted less true: above 0 the forecast came too late, below 0 it warned too early. */
export const predictionErrorMs = ({ answer, event }: Dated): number => answer.p50 - event

/** What was truly left at the moment of the forecast. */
export const trueRulMs = ({ forecastAt: at, event }: ScoredForecast): number => event - at
