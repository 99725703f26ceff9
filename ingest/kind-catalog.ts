/** What acceptance needs to know about device kinds; the rules own the rest. */
export interface KindCatalog {
  hasKind(kind: string): boolean
  /** Return the valid range of a metric, ends included; undefined where the kind has no such metric. */
  metricRange(kind: string, metric: string): { min: number; max: number } | undefined
}
