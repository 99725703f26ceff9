import { testFailpoint } from '../../failpoints/test-failpoint.ts'

testFailpoint('journal.after_commit')
