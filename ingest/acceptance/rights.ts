import type { Device } from '../../contract/device.ts'
import type { Reading } from '../../contract/reading.ts'
import type { Limits } from '../decode/limits.ts'
import type { Refusal } from '../decode/refusal.ts'
import type { KindCatalog } from '../kind-catalog.ts'

export type DeviceLookup = (id: string) => Device | undefined

export interface Sender {
  clientId: string | undefined
  lookup: DeviceLookup
}

/** A registered device speaks for itself alone; others, such as gateways and replays, may speak for any device. */
function refusalOfForeign(device: string, { clientId, lookup }: Sender): Refusal | undefined {
  if (clientId === undefined || clientId === device || lookup(clientId) === undefined) return undefined
  return { reason: 'foreign_topic', detail: `sent by ${clientId}, which is another device` }
}

export function refusalOfSender(device: string, sender: Sender): Refusal | undefined {
  if (sender.lookup(device) !== undefined) return refusalOfForeign(device, sender)
  return { reason: 'unknown_device', detail: `${device} never said on its state topic what it is` }
}

export interface EnrolmentRules {
  kinds: KindCatalog
  /** `closed`: only devices that are known already may announce themselves. */
  enrolment: 'open' | 'closed'
}

/** How many devices there may be, and how many there are. */
export interface Enrolled {
  limits: Pick<Limits, 'devices' | 'devicesPerClient'>
  inAll: number
  /** Made known by the client that announces one more. */
  byClient: number
}

export function refusalOfOneMore({ limits, inAll, byClient }: Enrolled): Refusal | undefined {
  if (inAll >= limits.devices) {
    return {
      reason: 'too_many_devices',
      detail: `${limits.devices} devices are known, and no more are taken`,
    }
  }
  if (byClient < limits.devicesPerClient) return undefined
  const detail = `this client made ${byClient} devices known, and no more are taken from it`
  return { reason: 'too_many_devices', detail }
}

export function refusalOfAnnouncement(
  device: Device,
  sender: Sender,
  { kinds, enrolment }: EnrolmentRules,
): Refusal | undefined {
  if (!kinds.hasKind(device.kind)) return refusalOfKind(device.kind)
  if (enrolment === 'closed' && sender.lookup(device.id) === undefined) {
    return { reason: 'enrolment_closed', detail: 'new devices are not taken' }
  }
  return refusalOfForeign(device.id, sender)
}

function refusalOfKind(kind: string): Refusal {
  return { reason: 'unknown_kind', detail: `there is no device kind ${kind}` }
}

/** Whether every metric of a reading is one of the device's kind and has a value that makes sense. */
export function refusalOfValues(reading: Reading, kind: string, kinds: KindCatalog): Refusal | undefined {
  // There was one when the device made itself known.
  if (!kinds.hasKind(kind)) return refusalOfKind(kind)
  for (const [metric, value] of Object.entries(reading.values)) {
    const range = kinds.metricRange(kind, metric)
    if (range === undefined) return { reason: 'unknown_metric', detail: `${kind} has no metric ${metric}` }
    if (value < range.min || value > range.max) {
      const allowed = `${range.min} to ${range.max} is allowed`
      return { reason: 'out_of_range', detail: `${metric} is ${value}; ${allowed}` }
    }
  }
  return undefined
}
