import { testOutage } from '../outage/test-outage.ts'

testOutage('program', 'kill')
