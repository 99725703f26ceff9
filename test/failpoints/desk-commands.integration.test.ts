import { testDeskFailpoints } from './test-desk-failpoints.ts'

testDeskFailpoints('commands.in_transaction')
