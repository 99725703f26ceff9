import { forecastRul, forecastRulFromOwnPath } from '../../rules/prognosis/rul-forecast.ts'
import type { ForecastMethod } from './baselines/forecast-method.ts'

const answersOf =
  (predictor: typeof forecastRul): ForecastMethod =>
  (own, peers, question) => {
    const forecast = predictor(own, peers, question)
    return forecast.is === 'known'
      ? { is: 'date', ...forecast.crossing }
      : { is: 'withheld', why: forecast.reason }
  }

/** The product's own forecast. */
export const forewarn = answersOf(forecastRul)

/** The product's forecast from the path of the part alone, as with `learn_from: own`. */
export const ownTrend = answersOf(forecastRulFromOwnPath)
