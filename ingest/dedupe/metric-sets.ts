/** Sets kept; devices of a few kinds send some dozens. */
const maxSets = 10_000

/** Sets of metrics that readings have, by the hash of their names. */
export class MetricSets {
  readonly #sets = new Map<number, readonly string[]>()

  add(names: number, metrics: Readonly<Record<string, number>>): void {
    if (this.#sets.has(names) || this.#sets.size >= maxSets) return
    this.#sets.set(names, Object.keys(metrics))
  }

  /** Tell whether a set has one of the metrics; false for a set that was too many to keep. */
  overlaps(names: number, metrics: Readonly<Record<string, number>>): boolean {
    return this.#sets.get(names)?.some((metric) => metrics[metric] !== undefined) ?? false
  }
}
