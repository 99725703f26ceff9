import { testFailpoint } from '../../failpoints/test-failpoint.ts'

testFailpoint('relay.before_enqueue', 'production')
