import type { QuarantinedMessage } from '../../ingest/acceptance/message-validator.ts'
import type { Logger } from '../../lib/logging/logger.ts'

const LOG_INTERVAL_MS = 60_000

export interface QuarantineLog {
  record(message: QuarantinedMessage): void
  /** Log what has not been logged yet, and stop. */
  stop(): void
}

/** Log quarantined messages once a minute: one line for each reason, with a count and the first message as a sample. */
export function startQuarantineLog(log: Logger): QuarantineLog {
  const byReason = new Map<string, { count: number; sample: QuarantinedMessage }>()
  const flush = () => {
    for (const [reason, { count, sample }] of byReason) {
      const { device, topic, detail } = sample
      const subject = count === 1 ? '1 message' : `${count} messages`
      const of = { ...(device !== undefined && { device }), topic, detail }
      log.warn(`${subject} quarantined: ${reason}`, { event: 'quarantined', reason, count, ...of })
    }
    byReason.clear()
  }
  const timer = setInterval(flush, LOG_INTERVAL_MS)
  timer.unref()
  return {
    record(message) {
      const known = byReason.get(message.reason)
      if (known === undefined) byReason.set(message.reason, { count: 1, sample: message })
      else known.count += 1
    },
    stop() {
      clearInterval(timer)
      flush()
    },
  }
}
