import { ExpectedError } from '../../lib/expected-error.ts'
import type { SourcePosition } from '../../lib/yaml-source.ts'

/** Problem in a rule or kind file: position, message, and how to fix it. */
export interface RuleFileProblem extends SourcePosition {
  message: string
  hint?: string
}

/** Format a problem on one line, as compilers do: `file:line:column: message; hint`. */
export function formatProblem({ file, line, column, message, hint }: RuleFileProblem): string {
  return `${file}:${line}:${column}: ${message}${hint === undefined ? '' : `; ${hint}`}`
}

/** Sort the problems of one file by position. */
export function sortByPosition(problems: readonly RuleFileProblem[]): RuleFileProblem[] {
  return [...problems].sort((a, b) => a.line - b.line || a.column - b.column)
}

/** Rule or kind files cannot be used. The message has every problem, one a line. */
export class RuleFilesError extends ExpectedError {
  override readonly name = 'RuleFilesError'
  readonly problems: readonly RuleFileProblem[]

  constructor(problems: readonly RuleFileProblem[]) {
    super(problems.map(formatProblem).join('\n'))
    this.problems = problems
  }
}

/** Problem in part of a rule or kind file; `path` leads there from the root of the file. */
export interface ConfigProblem {
  path: readonly (string | number)[]
  /** `key` when the key at `path` is wrong; default: its value. */
  target?: 'key'
  message: string
  hint?: string
}
