import { testAlarmFlood } from '../testing/test-alarm-flood.ts'

testAlarmFlood('Redis')
