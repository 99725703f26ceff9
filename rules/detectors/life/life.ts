import { forecastRulFromFleet } from '../../prognosis/rul-forecast.ts'
import { createForecastDetector } from '../forecast-detector.ts'

/** A metric that will cross its limit soon, by how long others of its cohort took from here. */
export const life = createForecastDetector('life', forecastRulFromFleet)
