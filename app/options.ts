import type { ReportError } from '../health/fault-reporter.ts'
import type { Logger } from '../lib/logging/logger.ts'
import type { Settings } from './settings/schema.ts'

/** How a start waits for services that are unavailable. */
export interface StartupWait {
  log: Logger
  /** Ends the waiting. */
  signal: AbortSignal
}

export interface ForewarnOptions {
  settings: Settings
  version: string
  now: () => number
  /** Whether the rules are told how time passes. Not where only days long over are played: they know nothing of today. */
  passTime?: boolean
  /** Called for each error that was handled, with the component in which it occurred. */
  onError: ReportError
  /** Takes what happens to the program: rules changed, consumers started. Default: nothing is logged. */
  log?: Logger
  /** Wait at the start for services that are unavailable, until the signal aborts. Without it they are an error. */
  waiting?: StartupWait
}
