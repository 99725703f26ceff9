import { testFailpoints } from '../../failpoints/test-failpoints.ts'

testFailpoints('relay', 'production')
