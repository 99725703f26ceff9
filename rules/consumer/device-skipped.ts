/** The rules cannot take what concerned many devices for this one; the others had it. */
export class DeviceSkippedError extends Error {
  override readonly name = 'DeviceSkippedError'

  constructor(device: string, cause: unknown) {
    super(`${device} was left out: ${cause instanceof Error ? cause.message : String(cause)}`, { cause })
  }
}
