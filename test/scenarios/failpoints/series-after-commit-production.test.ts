import { testFailpoint } from '../../failpoints/test-failpoint.ts'

testFailpoint('series.after_commit', 'production')
