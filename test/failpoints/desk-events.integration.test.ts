import { testDeskFailpoints } from './test-desk-failpoints.ts'

testDeskFailpoints('desk_events.in_transaction')
