import { ExpectedError } from '../../lib/expected-error.ts'
import type { SourcePosition } from '../../lib/yaml-source.ts'

/** Source of the value of a setting. */
export type SettingSource =
  | { from: 'default' }
  | { from: 'environment'; variable: string }
  | { from: 'option'; option: string }
  | ({ from: 'file' } & SourcePosition)

export interface SettingsProblem {
  /** Name of the setting, such as `http.port`; absent when the whole file cannot be read. */
  setting?: string
  /** Value as written, passwords hidden. */
  value?: string
  problem: string
  source: SettingSource
}

/** The settings are invalid. The message has every problem, one per line. */
export class SettingsError extends ExpectedError {
  override readonly name = 'SettingsError'
  readonly problems: readonly SettingsProblem[]

  constructor(problems: readonly SettingsProblem[]) {
    super(problems.map(formatProblem).join('\n'))
    this.problems = problems
  }
}

/** Format a source: `FOREWARN_HTTP_PORT`, `forewarn.yaml:3:9` or `default`. */
export function formatSource(source: SettingSource): string {
  switch (source.from) {
    case 'default':
      return 'default'
    case 'environment':
      return source.variable
    case 'option':
      return source.option
    case 'file':
      return `${source.file}:${source.line}:${source.column}`
  }
}

function formatProblem({ setting, value, problem, source }: SettingsProblem): string {
  const subject =
    setting === undefined ? '' : value === undefined ? `${setting} ` : `${setting} is ${value}, `
  return `${formatSource(source)}: ${subject}${problem}`
}
