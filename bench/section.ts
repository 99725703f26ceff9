/** What the command line asks for. */
export interface BenchOptions {
  /** Rounds of each pipeline. */
  rounds: number
  /** Time under load of each round. */
  seconds: number
  /** Whether long sections run. */
  full: boolean
  /** Whether a row or a section is wanted. */
  isWanted(name: string): boolean
  /** Whether `--only` names it: then it runs even where it is long. */
  isNamed(name: string): boolean
}

/** What later sections take from earlier ones. */
export interface BenchContext extends BenchOptions {
  /** Readings/s that Forewarn with rules drained, where a section has measured it. */
  drainedPerSecond?: number
}

export interface SectionResult {
  tables: readonly Table[]
  /** What was counted, how, and what the figures do not say. */
  notes: readonly string[]
  /** The same, and each round, for `--json`. */
  data: unknown
  /** What went wrong in it: the figures that it has stand, and the command fails. */
  failures?: readonly string[]
}

export interface Table {
  title: string
  columns: readonly string[]
  rows: readonly (readonly (string | number)[])[]
}

/** A part of the benchmark, which runs by itself. */
export interface Section {
  name: string
  title: string
  /** Names that `--only` takes for parts of it. */
  rows?: readonly string[]
  /** Runs only with `--full`, or when it is named. */
  isLong?: true
  run(context: BenchContext): Promise<SectionResult>
}
