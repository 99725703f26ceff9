import { testFailpoint } from '../../failpoints/test-failpoint.ts'

testFailpoint('records.after_commit')
