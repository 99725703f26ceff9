import type { Client } from 'aedes'
import { fixedLimits } from './broker-limits.ts'

type Drained = (error: Error | null, client: Client) => void

/** How aedes waits for a client to read what was written to it. */
type Waiting = Client & { waitForDrain(done: Drained): void }

/** A client does not read what it subscribed to. */
class SlowReaderError extends Error {
  override readonly name = 'SlowReaderError'
}

/**
 * Bounds how long others wait for a client that does not read. A publisher is read on only when all subscribers took
 * its last message: one that never reads would hold all of them up until aedes closes it.
 */
export function boundWaiting(client: Client): void {
  const waiting = client as Waiting
  const wait = waiting.waitForDrain.bind(client)
  waiting.waitForDrain = (done) => {
    let isWaiting = true
    const goOn = (error: Error | null) => {
      if (isWaiting) done(error, client)
      isWaiting = false
      clearTimeout(timer)
    }
    const timer = setTimeout(goOn, fixedLimits.slowReaderWaitMs, null)
    wait(goOn)
  }
}

/** Closes a client for which too much waits. */
export function closeIfUnread({ conn }: Client): 'reads' | 'closed' {
  if (conn.writableLength <= fixedLimits.unreadBytes) return 'reads'
  conn.destroy(new SlowReaderError(`it left ${conn.writableLength} bytes unread`))
  return 'closed'
}
