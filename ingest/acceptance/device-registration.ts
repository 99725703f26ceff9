import type { Device } from '../../contract/device.ts'

/** Registration of devices by an operator, in addition to their own announcements. */
export interface DeviceRegistration {
  /** Return the device as last announced, by itself or by an operator. */
  find(id: string): Device | undefined
  /** Return why a registration would be rejected. `closed` does not apply to operators. */
  rejectionOf(device: Device): RegistrationRejection | undefined
  /** Check a registration. @throws RegistrationRejectedError when a device would be rejected, or there are too many */
  validate(devices: readonly Device[]): void
  /**
   * Register devices; resolve when they are on disk. From then on their messages are accepted, and rules and records receive them in the
   * order of the journal. Registering the same device again changes nothing. Many devices take several commits.
   * @throws AcceptanceBusyError, AcceptanceStoppedError or what the journal throws: then some may be registered already
   * @throws RegistrationRejectedError as `validate`: then none is registered
   */
  register(devices: readonly Device[]): Promise<void>
}

export interface RegistrationRejection {
  /** The field that is invalid. */
  field: 'kind' | 'inUseSince'
  /** What was found and what is allowed, as text. */
  detail: string
}

/** Devices to be registered in one commit. */
export interface RegistrationRequest {
  devices: readonly Device[]
  receivedAt: number
}

/** A device was not registered; the message says which one and why. */
export class RegistrationRejectedError extends Error {
  override readonly name = 'RegistrationRejectedError'
}
