import { testFailpoint } from '../../failpoints/test-failpoint.ts'

testFailpoint('rules.after_report')
