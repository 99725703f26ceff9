import { unknownNameProblem } from '../files/parse-yaml.ts'
import type { ConfigProblem } from '../files/rule-file-problem.ts'
import { type Expression, parseExpression } from './expression.ts'

/** How a metric is computed from others of the same reading. */
export interface Derivation extends Expression {
  metric: string
  /** The metric that stands in for it where an input is missing. */
  otherwise?: string | undefined
  /** What lies outside is left out. */
  range: readonly [number, number]
}

interface DerivedConfig {
  range: readonly [number, number]
  cel: string
  otherwise?: string | undefined
}

/**
 * The derived metrics of a kind in their order: each may use the measured ones and the derived ones above it, so that
 * none can depend on itself.
 * @returns problems with paths that lead from the kind
 */
export function parseDerivations(
  measured: readonly string[],
  derived: Readonly<Record<string, DerivedConfig>>,
): { derivations: Derivation[]; problems: ConfigProblem[] } {
  const derivations: Derivation[] = []
  const problems: ConfigProblem[] = []
  const known = [...measured]
  for (const [metric, config] of Object.entries(derived)) {
    problems.push(...validateNames(metric, config, { measured, known }))
    const { cel, range, otherwise } = config
    const read = parseExpression(cel, known)
    if (read.is === 'expression') derivations.push({ ...read.expression, metric, range, otherwise })
    else {
      const { message, hint } = read
      problems.push({
        path: ['derived', metric, 'cel'],
        message: `derived.${metric}.cel: ${message}`,
        ...(hint === undefined ? {} : { hint }),
      })
    }
    if (!known.includes(metric)) known.push(metric)
  }
  return { derivations, problems }
}

function validateNames(
  metric: string,
  { otherwise }: DerivedConfig,
  { measured, known }: { measured: readonly string[]; known: readonly string[] },
): ConfigProblem[] {
  const problems: ConfigProblem[] = []
  if (measured.includes(metric)) {
    const message = `${metric} is measured already`
    problems.push({ path: ['derived', metric], target: 'key', message, hint: 'give it another name' })
  }
  if (otherwise !== undefined && !known.includes(otherwise)) {
    problems.push({
      path: ['derived', metric, 'otherwise'],
      ...unknownNameProblem('metric', otherwise, known),
    })
  }
  return problems
}
