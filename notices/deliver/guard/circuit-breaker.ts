/**
 * State of a circuit breaker (M. Nygard, Release It!). Closed: counts failures in a row. Open: rejects all calls for a
 * while. Half open: admits one call as a probe, which closes the circuit or opens it again. Times are ms.
 */
export type CircuitState =
  | { is: 'closed'; failures: number }
  | { is: 'open'; until: number; failures: number }
  /** A probe is running; if it has no result by `until`, the next call is a probe, too. */
  | { is: 'half_open'; until: number; failures: number }

export interface CircuitBreakerLimits {
  /** Number of failures in a row that opens the circuit. */
  maxFailures: number
  openDurationMs: number
  /** Delay for other calls while a probe is running; shorter than `openDurationMs`, because the probe may succeed soon. */
  probeRecheckMs: number
}

/** Initial state, and the state after a success. */
export const closedCircuit: CircuitState = { is: 'closed', failures: 0 }

export type Admission = { is: 'admitted'; circuit: CircuitState } | { is: 'rejected'; retryAt: number }

/** Decide whether a call is admitted, and return the circuit's state if it is. */
export function admit(
  circuit: CircuitState,
  { openDurationMs, probeRecheckMs }: CircuitBreakerLimits,
  now: number,
): Admission {
  if (circuit.is === 'closed') return { is: 'admitted', circuit }
  if (now < circuit.until) {
    const until = circuit.is === 'open' ? circuit.until : Math.min(circuit.until, now + probeRecheckMs)
    return { is: 'rejected', retryAt: until }
  }
  return {
    is: 'admitted',
    circuit: { is: 'half_open', until: now + openDurationMs, failures: circuit.failures },
  }
}

/** Return the circuit's state after an admitted call has failed. */
export function recordFailure(
  circuit: CircuitState,
  limits: CircuitBreakerLimits,
  now: number,
): CircuitState {
  const failures = circuit.failures + 1
  // A call that was admitted before the circuit opened must not keep it open for longer.
  if (circuit.is === 'open') return { ...circuit, failures }
  if (circuit.is === 'closed' && failures < limits.maxFailures) return { is: 'closed', failures }
  return { is: 'open', until: now + limits.openDurationMs, failures }
}
