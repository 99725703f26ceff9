import { ExpectedError } from '../../lib/expected-error.ts'
import type { ErrorWithFields } from '../../lib/logging/serialize-error.ts'
/** The rules cannot take what concerned many devices for this one; the others had it. */
export class DeviceSkippedError extends ExpectedError implements ErrorWithFields {
  override readonly name = 'DeviceSkippedError'
  readonly fields: { device: string }

  constructor(device: string, cause: unknown) {
    super(`${device} was left out: ${cause instanceof Error ? cause.message : String(cause)}`, { cause })
    this.fields = { device }
  }
}
