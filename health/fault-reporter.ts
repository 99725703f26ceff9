import { errorMessage } from '../lib/error-message.ts'
import type { LogFields, Logger } from '../lib/logging/logger.ts'
import { isUnexpected } from '../lib/logging/serialize-error.ts'

/** Reports an error that was handled, with the component in which it occurred. */
export type ReportError = (error: unknown, component: string, fields?: LogFields) => void

export interface FaultReporter {
  /**
   * Log an error that was handled: each distinct message of a component once a minute, and at most ten distinct ones.
   * An error that the program does not expect is logged with its stack.
   */
  report: ReportError
  /** Return the faults of the last half minute, one line for each component. */
  recentFaults(): string[]
  /** Log how often errors were repeated in minutes that are over. Call it about once a minute. */
  flush(): void
}

const RECENT_WINDOW_MS = 30_000
const REPEAT_INTERVAL_MS = 60_000
/** Limit of distinct messages, because clients control parts of their text. */
const MAX_DISTINCT_MESSAGES = 10

/** One message of a component, from when it was logged. */
interface ReportedMessage {
  loggedAt: number
  repeats: number
  error: unknown
  fields: LogFields
}

interface ComponentFaults {
  at: number
  text: string
  count: number
  messages: Map<string, ReportedMessage>
  /** Errors that were not logged, because there were too many distinct ones. */
  suppressed: number
}

/** Create a reporter of handled errors that does not flood the log. @param now ms */
export function createFaultReporter(now: () => number, log: Logger): FaultReporter {
  const components = new Map<string, ComponentFaults>()
  const logFault = (component: string, text: string, { error, fields, repeats }: ReportedMessage) => {
    const level = isUnexpected(error) ? 'error' : 'warn'
    log[level](text, { component, ...fields, ...(repeats > 0 && { repeats }), err: error })
  }
  const flushComponent = (component: string, faults: ComponentFaults) => {
    for (const [text, message] of faults.messages) {
      if (now() - message.loggedAt < REPEAT_INTERVAL_MS) continue
      faults.messages.delete(text)
      if (message.repeats > 0) logFault(component, text, message)
    }
    if (faults.suppressed === 0 || faults.messages.size >= MAX_DISTINCT_MESSAGES) return
    log.warn('further errors were not logged', { component, suppressed: faults.suppressed })
    faults.suppressed = 0
  }
  return {
    report(error, component, fields = {}) {
      const text = sanitizeLine(errorMessage(error))
      const faults = components.get(component) ?? {
        messages: new Map(),
        count: 0,
        suppressed: 0,
        at: 0,
        text,
      }
      components.set(component, faults)
      Object.assign(faults, { at: now(), text, count: faults.count + 1 })
      const known = faults.messages.get(text)
      if (known !== undefined && now() - known.loggedAt < REPEAT_INTERVAL_MS) {
        known.repeats += 1
        return
      }
      faults.messages.delete(text)
      flushComponent(component, faults)
      if (faults.messages.size >= MAX_DISTINCT_MESSAGES) {
        faults.suppressed += 1
        return
      }
      logFault(component, text, { error, fields, repeats: known?.repeats ?? 0, loggedAt: now() })
      faults.messages.set(text, { error, fields, repeats: 0, loggedAt: now() })
    },
    recentFaults: () =>
      [...components]
        .filter(([, { at }]) => now() - at < RECENT_WINDOW_MS)
        .map(
          ([component, { text, count }]) => `${component}: ${text}${count > 1 ? ` (${count} times)` : ''}`,
        ),
    flush() {
      for (const [component, faults] of components) flushComponent(component, faults)
    },
  }
}

/** Remove control characters: clients may have sent parts of the text. */
function sanitizeLine(text: string): string {
  return text.replace(/\p{Cc}+/gu, ' ').trim()
}
