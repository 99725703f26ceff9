import { testBackPressure } from './test-back-pressure.ts'

testBackPressure('influxd', 'killed')
