import { ExpectedError } from '../../lib/expected-error.ts'

/** Too many messages wait for space in the journal; the sender has to retry later. */
export class AcceptanceBusyError extends ExpectedError {
  override readonly name = 'AcceptanceBusyError'
}

/** The acceptance was stopped before the message was on disk. */
export class AcceptanceStoppedError extends ExpectedError {
  override readonly name = 'AcceptanceStoppedError'
}
