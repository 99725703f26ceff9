import { testFailpoint } from '../../failpoints/test-failpoint.ts'

testFailpoint('notices.before_send')
