import { testDeskFailpoints } from '../../failpoints/test-desk-failpoints.ts'

testDeskFailpoints('commands.in_transaction')
