import { unknownNameProblem } from '../files/parse-yaml.ts'
import type { ConfigProblem } from '../files/rule-file-problem.ts'
import { type Expression, parseExpression } from './expression.ts'

/** Formula of a metric over others of the same reading. */
export interface Derivation extends Expression {
  metric: string
  /** Metric whose value is used instead when an input is missing. */
  otherwise?: string | undefined
  /** Results outside of it are left out. */
  range: readonly [number, number]
}

interface DerivedConfig {
  range: readonly [number, number]
  cel: string
  otherwise?: string | undefined
}

/**
 * Parse the derived metrics of a kind, in their order. Each may use measured metrics and the derived ones before it, so
 * that none can depend on itself.
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
    const parsed = parseExpression(cel, known)
    if (parsed.is === 'expression') derivations.push({ ...parsed.expression, metric, range, otherwise })
    else {
      const { message, hint } = parsed
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
    const message = `${metric} is already a measured metric`
    problems.push({ path: ['derived', metric], target: 'key', message, hint: 'rename the derived metric' })
  }
  if (otherwise !== undefined && !known.includes(otherwise)) {
    problems.push({
      path: ['derived', metric, 'otherwise'],
      ...unknownNameProblem('metric', otherwise, known),
    })
  }
  return problems
}
