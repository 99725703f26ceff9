/** A fault put into the product on purpose: the suite named for it has to fail. */
export interface Mutation {
  name: string
  /** What goes wrong with it. */
  fault: string
  /** File that is changed, from the root. */
  file: string
  /** Text that occurs once in the file. Keep it short, so that other changes rarely touch it. */
  search: string
  replace: string
  /** Test files, as arguments of vitest. */
  suite: readonly string[]
  /** Whether the suite starts the built program. */
  needsBuild?: true
}
