import { testFailpoint } from '../../failpoints/test-failpoint.ts'

testFailpoint('relay.after_enqueue', 'production')
