import { forecastRul } from '../../prognosis/rul-forecast.ts'
import { createForecastDetector } from '../forecast-detector.ts'

/** Metric that will cross its limit soon, by the own forecast and the fleet forecast. */
export const forecast = createForecastDetector('forecast', forecastRul)
