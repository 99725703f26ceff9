import { testFailpoint } from '../../failpoints/test-failpoint.ts'

testFailpoint('notices.after_send')
