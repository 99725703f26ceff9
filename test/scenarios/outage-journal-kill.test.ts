import { testOutage } from '../outage/test-outage.ts'

testOutage('journal', 'kill')
