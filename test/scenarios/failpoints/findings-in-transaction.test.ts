import { testFailpoint } from '../../failpoints/test-failpoint.ts'

testFailpoint('findings.in_transaction')
