import { ExpectedError } from '../../lib/expected-error.ts'
import type { SourcePosition } from '../../lib/yaml-source.ts'

/** Something wrong in a rule or kind file: where, what, and what would be right. */
export interface RuleFileProblem extends SourcePosition {
  message: string
  hint?: string
}

/** A problem on one line, as compilers write it: `file:line:column: what. What would be right.` */
export function formatProblem({ file, line, column, message, hint }: RuleFileProblem): string {
  return `${file}:${line}:${column}: ${message}${hint === undefined ? '' : `; ${hint}`}`
}

/** The problems of one file as its reader meets them. */
export function sortByPosition(problems: readonly RuleFileProblem[]): RuleFileProblem[] {
  return [...problems].sort((a, b) => a.line - b.line || a.column - b.column)
}

/** Rule or kind files cannot be used. The message tells every problem, one a line. */
export class RuleFilesError extends ExpectedError {
  override readonly name = 'RuleFilesError'
  readonly problems: readonly RuleFileProblem[]

  constructor(problems: readonly RuleFileProblem[]) {
    super(problems.map(formatProblem).join('\n'))
    this.problems = problems
  }
}

/** What is wrong with a detector's configuration for a kind; `path` leads from the rule. */
export interface ConfigProblem {
  path: readonly (string | number)[]
  /** What of it is wrong; the value unless said otherwise. */
  target?: 'key'
  message: string
  hint?: string
}
