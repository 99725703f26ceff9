import type { Logger } from '../../lib/logging/logger.ts'
import type { CircuitChange } from '../../notices/deliver/guard/channel-guard.ts'

/** Create a function that logs a circuit breaker that opened or closed. */
export function createCircuitLog(log: Logger): (change: CircuitChange) => void {
  return ({ channel, endpoint, to, error }) => {
    const fields = { component: `channel ${channel}`, ...(endpoint !== '' && { endpoint }) }
    if (to === 'closed') log.info('circuit breaker closed', { event: 'circuit_closed', ...fields })
    else log.warn('circuit breaker opened: notices wait', { event: 'circuit_opened', ...fields, err: error })
  }
}
