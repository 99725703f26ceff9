import { testFailpoint } from '../../failpoints/test-failpoint.ts'

testFailpoint('findings.after_enqueue')
