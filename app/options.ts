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
  /** Whether the clock passes time for the rules, by ticks. Default: unless `simulatedFrom` is set. */
  passTime?: boolean
  /**
   * Start of a simulated past, ms: messages are received at its time, which `Forewarn.passTime` passes. Not for processes with
   * roles.
   */
  simulatedFrom?: number
  /** Called for each error that was handled, with the component in which it occurred. */
  onError: ReportError
  /** Receives events of the program: rules changed, consumers started. Default: no log. */
  log?: Logger
  /** Wait at the start for services that are unavailable, until the signal aborts. Without it they are an error. */
  waiting?: StartupWait
  /** Whether memory that only the start needed is given back at its end; in a process that has more to do it is used again. */
  releasesMemory?: boolean
}
