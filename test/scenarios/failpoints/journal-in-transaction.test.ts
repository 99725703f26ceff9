import { testFailpoint } from '../../failpoints/test-failpoint.ts'

testFailpoint('journal.in_transaction')
