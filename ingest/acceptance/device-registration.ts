import type { Device } from '../../contract/device.ts'

/** Makes devices known as an operator says, beside what they say of themselves. */
export interface DeviceRegistration {
  /** As it was last announced, by itself or by an operator. */
  find(id: string): Device | undefined
  /** Why it would not be taken, in words: there is no such kind. Closed registration is no reason: it is closed to others. */
  rejectionOf(device: Device): string | undefined
  /** Whether all of them would be taken. @throws RegistrationRejectedError when one would not, or there are too many */
  validate(devices: readonly Device[]): void
  /**
   * Resolve when they are on disk: from then on their messages are accepted, and rules and records hear of them in the
   * order of the journal. Announced again, nothing changes. Many go in several commits.
   * @throws AcceptanceBusyError, AcceptanceStoppedError or what the journal throws: then some may be known already
   * @throws RegistrationRejectedError as `check`: then none is known
   */
  register(devices: readonly Device[]): Promise<void>
}

/** Devices to be made known in one commit. */
export interface RegistrationRequest {
  devices: readonly Device[]
  receivedAt: number
}

/** A device was not made known; the message says which one and why. */
export class RegistrationRejectedError extends Error {
  override readonly name = 'RegistrationRejectedError'
}
