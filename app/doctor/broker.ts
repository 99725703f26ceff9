import { connectAsync } from 'mqtt'
import { messageOf } from '../../lib/errors.ts'
import { redact } from '../settings/redact.ts'
import { type Check, ok, unusable } from './check.ts'

const NAME = 'mqtt broker'
const PATIENCE_MS = 5_000

export interface BrokerQuestion {
  url: string
  protocolVersion: 4 | 5
  /** Not the one that Forewarn uses, whose connection this one would end. */
  clientId: string
}

/** Whether the external broker lets us in: connects until its CONNACK. */
export async function checkBroker({ url, protocolVersion, clientId }: BrokerQuestion): Promise<Check> {
  const shown = redact(url)
  try {
    const client = await connectAsync(
      url,
      { protocolVersion, clientId, clean: true, connectTimeout: PATIENCE_MS, reconnectPeriod: 0 },
      false,
    )
    await client.endAsync()
    return ok(NAME, `${shown} accepts connections with MQTT ${protocolVersion === 5 ? '5' : '3.1.1'}`)
  } catch (error) {
    return unusable(error, NAME, {
      detail: `${shown} cannot be used: ${messageOf(error)}`,
      mend: 'start the broker, or correct MQTT_URL: its host, port, user and password',
    })
  }
}
