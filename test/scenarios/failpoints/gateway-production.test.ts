import { testFailpoints } from '../../failpoints/test-failpoints.ts'

testFailpoints('gateway', 'production')
