/** Something that must not happen, with what makes it happen again. */
export interface FuzzFailure {
  phase: PhaseName
  /** In words: what happened. */
  what: string
  /** `--seed` with which the phase does it again. */
  seed: number
  /** The smallest input found that does it. */
  example: string
}

export type PhaseName = 'payloads' | 'topics' | 'packets' | 'requests'

export interface PhaseReport {
  /** Inputs that were tried. */
  tried: number
  outcomes: Record<string, number>
  failures: FuzzFailure[]
}

/** Called with how many inputs were tried so far. */
export type ProgressCallback = (tried: number) => void

export interface PhaseOptions {
  /** How many inputs to try. */
  count: number
  seed: number
  progress: ProgressCallback
}

/** Counts by name. */
export class OutcomeCounter {
  readonly #counts = new Map<string, number>()

  add(name: string, by = 1): void {
    this.#counts.set(name, (this.#counts.get(name) ?? 0) + by)
  }

  /** Most frequent first. */
  counts(): Record<string, number> {
    return Object.fromEntries([...this.#counts].sort(([, a], [, b]) => b - a))
  }
}
