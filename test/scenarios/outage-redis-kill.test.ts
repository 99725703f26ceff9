import { testOutage } from '../outage/test-outage.ts'

testOutage('redis', 'kill')
