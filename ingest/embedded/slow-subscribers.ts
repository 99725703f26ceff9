import type { Client } from 'aedes'
import { ExpectedError } from '../../lib/expected-error.ts'
import { fixedBrokerLimits } from './broker-limits.ts'

type DrainCallback = (error: Error | null, client: Client) => void

/** Function by which aedes waits for a client to read. */
type DrainableClient = Client & { waitForDrain(done: DrainCallback): void }

/** A client does not read its subscriptions. */
class SlowSubscriberError extends ExpectedError {
  override readonly name = 'SlowSubscriberError'
}

/**
 * Bound how long others wait for a client that does not read. aedes continues to read a publisher only when all subscribers took
 * its last message: one that never reads would block all publishers until aedes closes it.
 */
export function limitDrainWait(client: Client): void {
  const waiting = client as DrainableClient
  const wait = waiting.waitForDrain.bind(client)
  waiting.waitForDrain = (done) => {
    let isWaiting = true
    const finish = (error: Error | null) => {
      if (isWaiting) done(error, client)
      isWaiting = false
      clearTimeout(timer)
    }
    const timer = setTimeout(finish, fixedBrokerLimits.slowSubscriberWaitMs, null)
    wait(finish)
  }
}

/** Disconnect a client with too many unread bytes. */
export function disconnectIfSlow({ conn }: Client): 'reads' | 'closed' {
  if (conn.writableLength <= fixedBrokerLimits.unreadBytes) return 'reads'
  conn.destroy(new SlowSubscriberError(`the client left ${conn.writableLength} bytes unread`))
  return 'closed'
}
