import { testFailpoint } from '../../failpoints/test-failpoint.ts'

testFailpoint('acceptance.after_append')
