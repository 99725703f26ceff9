/** Result of a score that has a table of its own, ready to be printed. */
export interface TableScore {
  /** Rows of cells; the first one has the titles. */
  rows: readonly (readonly string[])[]
  remarks: readonly string[]
  /** Figures for `--json`. */
  json: object
}
