import { testOutage } from '../outage/test-outage.ts'

testOutage('influx', 'kill')
