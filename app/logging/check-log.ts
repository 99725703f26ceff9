import type { HealthCheck } from '../../health/readiness.ts'
import type { Logger } from '../../lib/logging/logger.ts'

/** Create a function that logs which of the present checks began to fail or recovered since the last call. */
export function createCheckLog(log: Logger): (checks: readonly HealthCheck[]) => void {
  const failing = new Set<string>()
  return (checks) => {
    for (const { name, ok, state, detail, impact, remedy } of checks) {
      if (ok === !failing.has(name)) continue
      if (ok) {
        failing.delete(name)
        log.info('recovered', { event: 'check_recovered', component: name })
        continue
      }
      failing.add(name)
      const advice = { ...(impact !== undefined && { impact }), ...(remedy !== undefined && { remedy }) }
      log.warn(detail, { event: 'check_failed', component: name, state, ...advice })
    }
  }
}
