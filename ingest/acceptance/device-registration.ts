import type { Device } from '../../contract/device.ts'
import type { DeviceCommand, DeviceCommandRejectedError } from '../devices/device-commands.ts'

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
   * order of the journal. A registration replaces what was known of a device, except its former ids, and restores it when it
   * was retired and is no longer. Registering the same device again changes nothing. Many devices take several commits.
   * @throws AcceptanceBusyError, AcceptanceStoppedError or what the journal throws: then some may be registered already
   * @throws RegistrationRejectedError as `validate`: then none is registered
   */
  register(devices: readonly Device[]): Promise<void>
  /**
   * Retire, restore, change, rename a device, or record that a part of it was replaced; resolve with the device afterwards
   * when it is on disk. Rules and records receive it in the order of the journal.
   * @throws DeviceCommandRejectedError; AcceptanceBusyError, AcceptanceStoppedError or what the journal throws
   */
  command(id: string, command: DeviceCommand): Promise<Device>
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

/** A command, with its outcome once it was validated. */
export interface DeviceCommandRequest {
  id: string
  command: DeviceCommand
  receivedAt: number
  outcome?: Device | DeviceCommandRejectedError
}

/** A device was not registered; the message says which one and why. */
export class RegistrationRejectedError extends Error {
  override readonly name = 'RegistrationRejectedError'
}
