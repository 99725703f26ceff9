import { forecastRulFromFleet } from '../../prognosis/rul-forecast.ts'
import { createForecastDetector } from '../forecast-detector.ts'

/** Metric that will cross its limit soon, by the fleet forecast alone. */
export const life = createForecastDetector('life', forecastRulFromFleet)
