import { type ClearableField, clearableFields, type Device } from '../../contract/device.ts'
import type { DeviceEntry, TelemetryEntry } from '../../contract/entry.ts'
import { deviceIdProblem } from '../../contract/ids.ts'
import type { DeviceLookup } from '../acceptance/message-checks.ts'
import type { KindCatalog } from '../kind-catalog.ts'
import { replacedComponents } from './replaced-components.ts'

/** New values of a device's fields; null removes one. */
export type DeviceUpdate = { [F in ClearableField]?: Device[F] | null }

/** Command of an operator on a registered device. */
export type DeviceCommand =
  | { do: 'retire'; reason?: string }
  | { do: 'restore' }
  | { do: 'update'; fields: DeviceUpdate }
  | { do: 'rename'; to: string }
  /** `component`: `device` for the whole appliance. `ts`: time of the replacement, ms since 1970 UTC. */
  | { do: 'replace'; component: string; ts: number }

/** The command was not executed; the message says why. Nothing was changed. */
export class DeviceCommandRejectedError extends Error {
  override readonly name = 'DeviceCommandRejectedError'
  readonly code: 'unknown_device' | 'not_allowed'

  constructor(code: DeviceCommandRejectedError['code'], message: string) {
    super(message)
    this.code = code
  }
}

/** What a command changes. */
export interface DeviceChange {
  /** The device afterwards, under its new id when it was renamed. */
  device: Device
  /** All devices that changed. */
  changed: readonly Device[]
  /** For the journal; none when the command changes nothing. */
  entries: readonly TelemetryEntry[]
}

export interface DeviceCommandContext {
  lookup: DeviceLookup
  kinds: KindCatalog
  receivedAt: number
}

/** Return what a command changes. @throws DeviceCommandRejectedError */
export function applyDeviceCommand(
  id: string,
  command: DeviceCommand,
  context: DeviceCommandContext,
): DeviceChange {
  const known = context.lookup(id)
  if (known === undefined)
    throw new DeviceCommandRejectedError('unknown_device', `no device has the id ${JSON.stringify(id)}`)
  switch (command.do) {
    case 'retire':
      return retire(known, command.reason, context)
    case 'restore':
      return change(known, restored(known), context)
    case 'update':
      return change(known, withFields(known, command.fields), context)
    case 'rename':
      return rename(known, command.to, context)
    case 'replace':
      return replace(known, command, context)
  }
}

/** Return the entry for a changed device. */
export function deviceEntry(
  device: Device,
  { known, receivedAt }: { known: Device | undefined; receivedAt: number },
): DeviceEntry {
  const cleared = clearableFields.filter(
    (field) => known?.[field] !== undefined && device[field] === undefined,
  )
  return { type: 'device', receivedAt, device, ...(cleared.length > 0 && { cleared }) }
}

/** Return the device without its retirement. */
export function inUse({ retired: _, ...device }: Device): Device {
  return device
}

function change(known: Device, device: Device, { receivedAt }: DeviceCommandContext): DeviceChange {
  if (JSON.stringify(known) === JSON.stringify(device)) return { device: known, changed: [], entries: [] }
  return { device, changed: [device], entries: [deviceEntry(device, { known, receivedAt })] }
}

function retire(known: Device, reason: string | undefined, context: DeviceCommandContext): DeviceChange {
  if (known.retired?.by === 'operator') return change(known, known, context)
  const at = known.retired?.at ?? context.receivedAt
  return change(
    known,
    { ...known, retired: { at, by: 'operator', ...(reason !== undefined && { reason }) } },
    context,
  )
}

/** Return a device that is in use again. The id of a renamed one begins a new life, without the history that went with the other. */
export function restored(known: Device): Device {
  const { formerIds: _, ...fresh } = inUse(known)
  return known.retired?.renamedTo === undefined ? inUse(known) : fresh
}

function withFields(known: Device, fields: DeviceUpdate): Device {
  const kept = Object.entries({ ...known, ...fields }).filter(
    ([, value]) => value !== null && value !== undefined,
  )
  return Object.fromEntries(kept) as unknown as Device
}

function rename(known: Device, to: string, { lookup, receivedAt }: DeviceCommandContext): DeviceChange {
  const { id } = known
  const problem = deviceIdProblem(to)
  if (problem !== undefined) throw notAllowed(`the new id is ${JSON.stringify(to.slice(0, 200))}: ${problem}`)
  if (known.retired !== undefined) throw notAllowed(`${id} is retired: restore it before it is renamed`)
  if (to === id) return { device: known, changed: [], entries: [] }
  if (lookup(to) !== undefined)
    throw notAllowed(
      `${to} is registered already: two devices cannot be joined. Rename a device before it announces its new id`,
    )
  const device = { ...known, id: to, formerIds: [...(known.formerIds ?? []), id] }
  const former: Device = { ...known, retired: { at: receivedAt, by: 'operator', renamedTo: to } }
  const entries: TelemetryEntry[] = [
    { type: 'renamed', receivedAt, from: id, device },
    deviceEntry(former, { known, receivedAt }),
  ]
  return { device, changed: [device, former], entries }
}

function replace(
  known: Device,
  { component, ts }: Extract<DeviceCommand, { do: 'replace' }>,
  { kinds, receivedAt }: DeviceCommandContext,
): DeviceChange {
  const { id } = known
  if (known.retired !== undefined)
    throw notAllowed(`${id} is retired: restore it before a part of it is replaced`)
  if (ts > receivedAt) throw notAllowed('the replacement is in the future')
  const replaced = replacedComponents(component, known.kind, kinds)
  if ('rejection' in replaced) throw notAllowed(replaced.rejection.detail)
  const entries = replaced.components.map((one): TelemetryEntry => {
    return { type: 'event', receivedAt, device: id, ts, event: 'part_replaced', component: one }
  })
  return { device: known, changed: [], entries }
}

function notAllowed(message: string): DeviceCommandRejectedError {
  return new DeviceCommandRejectedError('not_allowed', message)
}
