import type { Settings } from './settings/schema.ts'

export interface ForewarnOptions {
  settings: Settings
  version: string
  now: () => number
  /** Whether the rules are told how time passes. Not where only days long over are played: they know nothing of today. */
  passTime?: boolean
  /** Told of everything that went wrong and was handled: what failed, and where. */
  onError(error: unknown, where: string): void
  /** Waits for what is away at the start, says so, and ends the waiting by the signal. Without it nothing is waited for. */
  waiting?: { say(text: string): void; signal: AbortSignal }
}
