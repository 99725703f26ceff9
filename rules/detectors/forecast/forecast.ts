import { forecastRul } from '../../prognosis/rul-forecast.ts'
import { createForecastDetector } from '../forecast-detector.ts'

/** A metric that will cross its limit soon, by its own course and by how others of its cohort went. */
export const forecast = createForecastDetector('forecast', forecastRul)
