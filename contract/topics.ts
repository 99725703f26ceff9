/** The MQTT topics of the product; `prefix` is `pm/v1` unless configured otherwise. */
export interface Topics {
  prefix: string
  telemetry(device: string): string
  state(device: string): string
  event(device: string): string
  notices(user: string): string
  receipt(user: string, notice: string): string
}

export function topics(prefix: string): Topics {
  return {
    prefix,
    telemetry: (device) => `${prefix}/devices/${device}/telemetry`,
    state: (device) => `${prefix}/devices/${device}/state`,
    event: (device) => `${prefix}/devices/${device}/event`,
    notices: (user) => `${prefix}/users/${user}/notices`,
    receipt: (user, notice) => `${prefix}/users/${user}/notices/${notice}/receipt`,
  }
}
