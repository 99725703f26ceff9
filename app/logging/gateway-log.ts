import type { GatewayEvents } from '../../ingest/gateway.ts'
import type { Logger } from '../../lib/logging/logger.ts'
import { onceAMinute } from './once-a-minute.ts'

/** Create the log of what clients of the embedded broker do wrong without noticing. */
export function createGatewayLog(log: Logger): GatewayEvents {
  const limit = onceAMinute()
  return {
    onTakeover(clientId) {
      limit(`takeover ${clientId}`, (count) =>
        log.warn('a client was disconnected by another with the same client id: give each device its own', {
          event: 'client_taken_over',
          client: clientId,
          count,
        }),
      )
    },
    onOutsidePrefix({ topic, clientId }) {
      limit('outside prefix', (count) =>
        log.warn('messages outside the topic prefix are not processed: check the topic, or set mqtt.prefix', {
          event: 'outside_prefix',
          topic,
          count,
          ...(clientId !== undefined && { client: clientId }),
        }),
      )
    },
  }
}
