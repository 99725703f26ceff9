import { testFailpoints } from '../../failpoints/test-failpoints.ts'

testFailpoints('series', 'production')
