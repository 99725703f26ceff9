import { testFailpoint } from '../../failpoints/test-failpoint.ts'

testFailpoint('gateway.before_puback')
