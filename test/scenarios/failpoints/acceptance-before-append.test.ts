import { testFailpoint } from '../../failpoints/test-failpoint.ts'

testFailpoint('acceptance.before_append')
