import { testFailpoint } from '../../failpoints/test-failpoint.ts'

testFailpoint('records.in_transaction')
