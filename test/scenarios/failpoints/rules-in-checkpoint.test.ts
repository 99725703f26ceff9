import { testFailpoint } from '../../failpoints/test-failpoint.ts'

testFailpoint('rules.in_checkpoint')
