import { connectAsync } from 'mqtt'
import { errorMessage } from '../../lib/error-message.ts'
import { redactUrls } from '../settings/redact.ts'
import { connectionFailure, type DoctorCheck, ok } from './check.ts'

const NAME = 'mqtt broker'
const TIMEOUT_MS = 5_000

export interface BrokerCheckOptions {
  url: string
  protocolVersion: 4 | 5
  /** Different from the client id of Forewarn, whose connection it would end. */
  clientId: string
}

/** Check that the external broker accepts a connection, up to its CONNACK. */
export async function checkBroker({
  url,
  protocolVersion,
  clientId,
}: BrokerCheckOptions): Promise<DoctorCheck> {
  const redactedUrl = redactUrls(url)
  try {
    const client = await connectAsync(
      url,
      { protocolVersion, clientId, clean: true, connectTimeout: TIMEOUT_MS, reconnectPeriod: 0 },
      false,
    )
    await client.endAsync()
    return ok(NAME, `${redactedUrl} accepts connections with MQTT ${protocolVersion === 5 ? '5' : '3.1.1'}`)
  } catch (error) {
    return connectionFailure(error, NAME, {
      detail: `${redactedUrl} cannot be used: ${errorMessage(error)}`,
      remedy: 'start the broker, or correct MQTT_URL: its host, port, user and password',
    })
  }
}
