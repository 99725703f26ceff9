/** The answer of a method: the predicted date of the crossing, ms, or the reason for withholding it. */
export type ForecastAnswer =
  | { is: 'date'; p50: number; p10?: number; p90?: number }
  | { is: 'withheld'; why: string }

/** A forecast with the true event; all times in ms on the axis of the recording. */
export interface ScoredForecast {
  unit: string
  /** Groups the forecasts of one lifetime: a unit has one for each limit. */
  lifetimeId: string
  forecastAt: number
  answer: ForecastAnswer
  event: number
  /** Time from the start of the part's life to the event. */
  lifetimeMs: number
}

type Dated = ScoredForecast & { answer: { is: 'date' } }

export const isDateAnswer = (forecast: ScoredForecast): forecast is Dated => forecast.answer.is === 'date'

type WithInterval = Dated & { answer: { p10: number; p90: number } }

export const hasInterval = (forecast: ScoredForecast): forecast is WithInterval =>
  isDateAnswer(forecast) && forecast.answer.p10 !== undefined && forecast.answer.p90 !== undefined

/** Return predicted minus true date, ms: positive is too late, negative too early. */
export const predictionErrorMs = ({ answer, event }: Dated): number => answer.p50 - event

/** Return the true remaining useful life at the time of the forecast, ms. */
export const trueRulMs = ({ forecastAt, event }: ScoredForecast): number => event - forecastAt
