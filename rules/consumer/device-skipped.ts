import { ExpectedError } from '../../lib/expected-error.ts'
import type { ErrorWithFields } from '../../lib/logging/serialize-error.ts'

/** Evaluating a tick or a fleet model failed for this device; it was skipped, the other devices were evaluated. */
export class DeviceSkippedError extends ExpectedError implements ErrorWithFields {
  override readonly name = 'DeviceSkippedError'
  readonly fields: { device: string }

  constructor(device: string, cause: unknown) {
    super(`${device} was skipped: ${cause instanceof Error ? cause.message : String(cause)}`, { cause })
    this.fields = { device }
  }
}
