/**
 * A circuit breaker (M. Nygard, Release It!) as plain data: closed, it counts failures in a row; open, it lets nothing
 * pass for a while; then half open, it lets one through as a probe, which closes or opens it again. Times are ms.
 */
export type CircuitState =
  | { is: 'closed'; failures: number }
  | { is: 'open'; until: number; failures: number }
  /** A probe is underway; should nothing be heard of it, there is another one after `until`. */
  | { is: 'half_open'; until: number; failures: number }

export interface CircuitBreakerLimits {
  /** So many failures in a row open it. */
  maxFailures: number
  openDurationMs: number
  /** While a probe is underway the others look again after this: it may be over soon. */
  probeRecheckMs: number
}

/** Where nothing failed, and again once something succeeded. */
export const closedCircuit: CircuitState = { is: 'closed', failures: 0 }

export type Admission = { is: 'passed'; circuit: CircuitState } | { is: 'held'; until: number }

/** Whether something may pass now, and what the circuit is if it does. */
export function admit(
  circuit: CircuitState,
  { openDurationMs: openMs, probeRecheckMs: lookAgainMs }: CircuitBreakerLimits,
  now: number,
): Admission {
  if (circuit.is === 'closed') return { is: 'passed', circuit }
  if (now < circuit.until) {
    const until = circuit.is === 'open' ? circuit.until : Math.min(circuit.until, now + lookAgainMs)
    return { is: 'held', until }
  }
  return { is: 'passed', circuit: { is: 'half_open', until: now + openMs, failures: circuit.failures } }
}

/** What passed has failed. */
export function recordFailure(
  circuit: CircuitState,
  limits: CircuitBreakerLimits,
  now: number,
): CircuitState {
  const failures = circuit.failures + 1
  // What began before it was opened does not keep it open for longer.
  if (circuit.is === 'open') return { ...circuit, failures }
  if (circuit.is === 'closed' && failures < limits.maxFailures) return { is: 'closed', failures }
  return { is: 'open', until: now + limits.openDurationMs, failures }
}
