import { forecastRulFromOwnPath } from '../../prognosis/rul-forecast.ts'
import { createForecastDetector } from '../forecast-detector.ts'

/** A metric that will cross its limit soon, by its own course alone. */
export const trend = createForecastDetector('trend', forecastRulFromOwnPath)
