import { testFailpoint } from '../../failpoints/test-failpoint.ts'

testFailpoint('series.in_transaction')
