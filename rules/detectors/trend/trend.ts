import { forecastRulFromOwnPath } from '../../prognosis/rul-forecast.ts'
import { createForecastDetector } from '../forecast-detector.ts'

/** Metric that will cross its limit soon, by the own forecast alone. */
export const trend = createForecastDetector('trend', forecastRulFromOwnPath)
