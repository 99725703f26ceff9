import type { Lifetime } from '../../../contract/lifetime.ts'
import type { ForecastRequest } from '../../../rules/prognosis/degradation-path.ts'
import type { ForecastAnswer } from '../figures/scored-forecast.ts'

/** Predicts the date of the crossing. */
export type ForecastMethod = (
  own: Lifetime,
  peers: readonly Lifetime[],
  question: ForecastRequest,
) => ForecastAnswer
