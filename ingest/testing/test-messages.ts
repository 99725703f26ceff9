import type { InboundMessage } from '../gateway.ts'
import { names } from './test-acceptance.ts'

/** Time of the messages below, and of the server, ms since 1970 UTC. */
export const testTime = Date.UTC(2026, 10, 22)

export function message(topic: string, payload: unknown, clientId?: string): InboundMessage {
  const text = typeof payload === 'string' ? payload : JSON.stringify(payload)
  return { topic, payload: Buffer.from(text), ...(clientId === undefined ? {} : { clientId }) }
}

export function announce(device: string, kind = 'phone'): InboundMessage {
  return message(names.state(device), { state: 'online', kind })
}

export function reading(
  device: string,
  seq: number,
  values: object = { battery_temp_c: 20 },
): InboundMessage {
  return message(names.telemetry(device), { ts: testTime, values, boot: 1, seq })
}
