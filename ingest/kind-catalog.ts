/** What acceptance has to know of the device kinds; the rules own the rest. */
export interface KindCatalog {
  hasKind(kind: string): boolean
  /** The values that make sense for a metric, both ends allowed; undefined where the kind has no such metric. */
  metricRange(kind: string, metric: string): { min: number; max: number } | undefined
}
