/** How acceptance checks and stores the values of one metric. Ranges include their ends. */
export type MetricRule =
  | { type: 'number'; min: number; max: number; acceptsText: boolean }
  /** Stored as 1 for true and 0 for false. */
  | { type: 'boolean' }
  /** Stored as the number of the value. */
  | { type: 'enum'; numbers: ReadonlyMap<string, number> }

/** How acceptance checks a waveform, and which metrics are stored of it. */
export interface WaveformRule {
  /** Least and greatest sample. */
  min: number
  max: number
  /** Fewest and most samples. */
  fewest: number
  most: number
  /** Compute the metrics of valid samples, by name; without those that the samples do not have. */
  compute(samples: readonly number[]): Readonly<Record<string, number>>
}

/** What acceptance needs to know about one device kind. */
export interface KindRules {
  /** Metrics that devices send, by name. */
  metrics: ReadonlyMap<string, MetricRule>
  /** Waveforms that devices send, by name. */
  waveforms: ReadonlyMap<string, WaveformRule>
  /**
   * What becomes of a value whose metric the kind does not have. `report`: it is left out, and reported once per device and
   * metric. `quarantine`: each one is quarantined.
   */
  unknown: 'report' | 'quarantine'
  /** Tell whether a metric is left out without a report. */
  isIgnored(metric: string): boolean
  /** Usual interval between readings of a device, ms. */
  expectedIntervalMs: number
  /** Parts of the appliance that can be replaced. */
  components: readonly string[]
}

/** What acceptance needs to know about device kinds; the rules own the rest. */
export interface KindCatalog {
  hasKind(kind: string): boolean
  /** Return the rules of a kind; undefined when there is no such kind. */
  rulesOf(kind: string): KindRules | undefined
}
