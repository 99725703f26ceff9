import { testOutage } from '../outage/test-outage.ts'

// Killed, Mosquitto forgets what it has not saved: here it hangs.
testOutage('broker', 'pause')
