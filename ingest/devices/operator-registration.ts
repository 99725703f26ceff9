import type { Device } from '../../contract/device.ts'
import {
  type DeviceCommandRequest,
  type DeviceRegistration,
  RegistrationRejectedError,
  type RegistrationRejection,
  type RegistrationRequest,
} from '../acceptance/device-registration.ts'
import type { IngestLimits } from '../decode/ingest-limits.ts'
import { DeviceCommandRejectedError } from './device-commands.ts'

interface OperatorRegistrationOptions {
  devices: ReadonlyMap<string, Device>
  limits: Pick<IngestLimits, 'devices'>
  now: () => number
  /** Number of devices that one commit takes at most. */
  maxCommitSize: number
  rejectionOf(device: Device, now: number): RegistrationRejection | undefined
  /** Add a request of this many devices to the next commit; resolve when it is on disk. */
  enqueue(request: RegistrationRequest | DeviceCommandRequest, devices: number): Promise<void>
}

/** Create the registration and the commands of operators, as part of the commits of an acceptance. */
export function createOperatorRegistration(options: OperatorRegistrationOptions): DeviceRegistration {
  const { devices, now, maxCommitSize, rejectionOf, enqueue } = options
  return {
    find: (id) => devices.get(id),
    rejectionOf: (device) => rejectionOf(device, now()),
    validate: (given) => validate(given, options),
    async register(given) {
      validate(given, options)
      for (let from = 0; from < given.length; from += maxCommitSize) {
        const some = given.slice(from, from + maxCommitSize)
        await enqueue({ devices: some, receivedAt: now() }, some.length)
      }
    },
    async command(id, command) {
      const request: DeviceCommandRequest = { id, command, receivedAt: now() }
      await enqueue(request, 1)
      const { outcome } = request
      if (outcome instanceof DeviceCommandRejectedError) throw outcome
      if (outcome === undefined) throw new TypeError(`the command on ${id} has no outcome`)
      return outcome
    },
  }
}

/** @throws RegistrationRejectedError */
function validate(
  given: readonly Device[],
  { devices, limits, now, rejectionOf }: OperatorRegistrationOptions,
): void {
  for (const device of given) {
    const rejection = rejectionOf(device, now())
    if (rejection !== undefined) throw new RegistrationRejectedError(`${device.id}: ${rejection.detail}`)
  }
  const added = given.filter(({ id }) => !devices.has(id)).length
  if (added === 0 || devices.size + added <= limits.devices) return
  const registered = `${devices.size} devices are registered, and at most ${limits.devices} are allowed`
  throw new RegistrationRejectedError(`${registered}: ${added} more are too many; raise ingest.maxDevices`)
}
