import type { RejectionReason } from './rejection.ts'

const sendAgain = 'fix the device, or what publishes for it'
const deviceClock =
  'set the clock of the device; if the clock of this server was wrong, retry after setting it'

const remedies: Readonly<Record<RejectionReason, string>> = {
  not_json: `the payload must be JSON: ${sendAgain}`,
  empty_payload: `the payload must not be empty: ${sendAgain}`,
  payload_too_large: 'send smaller messages; or raise mqtt.maxPayloadBytes, restart and retry',
  nested_too_deep: `a reading is a flat object: ${sendAgain}`,
  too_many_readings: 'send smaller arrays; or raise ingest.maxReadingsPerMessage, restart and retry',
  wrong_type: `the detail names the field and what it must be: ${sendAgain}`,
  ts_missing: `the time of measurement is unknown: ${sendAgain}`,
  ts_without_zone: `a time as text needs a zone such as Z or +01:00: ${sendAgain}`,
  ts_in_seconds: `ts must be in milliseconds: ${sendAgain}`,
  ts_in_microseconds: `ts must be in milliseconds: ${sendAgain}`,
  ts_in_nanoseconds: `ts must be in milliseconds: ${sendAgain}`,
  ts_is_uptime: `ts must be the time since 1970 UTC, not since the start of the device: ${sendAgain}`,
  ts_clock_default:
    'the clock of the device lost its power and was not set: set it before the device measures',
  ts_ancient: `${deviceClock}; ingest.oldest sets the limit`,
  ts_future: `${deviceClock}; ingest.futureTolerance sets the limit`,
  not_finite: `numbers must be finite: ${sendAgain}`,
  unknown_metric: 'add the metric to the device kind and retry, or correct the name at the device',
  out_of_range: 'correct the range in the device kind and retry, or replace the sensor',
  unknown_device: 'let the device announce itself on its state topic, or import it; then retry',
  retired_device:
    'bring the device back with forewarn devices restore, or publish under its new id; then retry',
  unknown_component: 'name a component of the kind, or device for the whole appliance',
  foreign_topic: 'a registered device may publish on its own topics only: correct the topic or the client id',
  unknown_topic: 'correct the topic; device ids have no slash and no blank',
  unknown_kind:
    'add a file for the device kind to rules.kindsDir and retry, or correct the kind at the device',
  registration_closed: 'import the device, or open ingest.registration; then retry',
  too_many_devices: 'raise ingest.maxDevices or ingest.maxDevicesPerClient, restart and retry',
}

/** Return how to fix what a message was quarantined for. */
export function remedyOf(reason: string): string {
  return Object.hasOwn(remedies, reason) ? remedies[reason as RejectionReason] : sendAgain
}
