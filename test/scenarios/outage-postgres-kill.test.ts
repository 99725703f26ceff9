import { testOutage } from '../outage/test-outage.ts'

testOutage('postgres', 'kill')
