import { testDeskFailpoints } from '../../failpoints/test-desk-failpoints.ts'

testDeskFailpoints('desk_events.in_transaction')
