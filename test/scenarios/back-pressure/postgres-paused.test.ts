import { testBackPressure } from './test-back-pressure.ts'

testBackPressure('postgres', 'paused')
