import type { ConfigProblem } from '../detectors/detector.ts'
import { type Expression, readExpression } from './expression.ts'

/** How a metric is computed from others of the same reading. */
export interface Derivation extends Expression {
  metric: string
  /** What lies outside is left out. */
  range: readonly [number, number]
}

interface DerivedConfig {
  range: readonly [number, number]
  cel: string
}

/**
 * The derived metrics of a kind in their order: each may use the measured ones and the derived ones above it, so that
 * none can depend on itself.
 * @returns problems with paths that lead from the kind
 */
export function derivationsOf(
  measured: readonly string[],
  derived: Readonly<Record<string, DerivedConfig>>,
): { derivations: Derivation[]; problems: ConfigProblem[] } {
  const derivations: Derivation[] = []
  const problems: ConfigProblem[] = []
  const known = [...measured]
  for (const [metric, { cel, range }] of Object.entries(derived)) {
    if (measured.includes(metric)) {
      const message = `${metric} is measured already`
      problems.push({ path: ['derived', metric], part: 'key', message, hint: 'give it another name' })
    }
    const read = readExpression(cel, known)
    if (read.is === 'expression') derivations.push({ ...read.expression, metric, range })
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
