import type { ConfigProblem } from '../../files/rule-file-problem.ts'
import { median } from '../bucketed-series.ts'
import type { ConfigContext } from '../detector.ts'
import { validateMetric } from '../limit.ts'

/**
 * Share of the strongest sibling's rise that may be seen at a sound part, because it travels along the shaft or the frame.
 * When a bearing of a test rig failed, the housing next to it shook by a sixth of its rise.
 */
const travellingShare = 1 / 4

/** Fewest siblings in a reading, as a share of all of them. */
const minPresentShare = 1 / 2

export interface SiblingOptions {
  /** Least level, in the metric's unit: prevents division by zero. */
  minScale: number
  /** Whether only a rise of the metric is bad, so that the rise of a sibling may explain a part of it. */
  isRiseBad: boolean
}

/**
 * Compute the factor by which parts differ from their levels for a reason that they share: load, speed, temperature. It is
 * the median of the siblings' ratios, at least what may travel from the strongest of them.
 * @param values of the siblings, in the order of their levels; undefined where the reading has none
 * @param levels none where the rule has no siblings
 * @returns 1 without siblings; undefined when less than half of them are in the reading, or all are at rest
 */
export function commonFactor(
  values: readonly (number | undefined)[],
  levels: readonly number[],
  { minScale, isRiseBad }: SiblingOptions,
): number | undefined {
  if (levels.length === 0) return 1
  const ratios = values.flatMap((value, index) =>
    value === undefined ? [] : value / Math.max(levels[index] ?? minScale, minScale),
  )
  if (ratios.length < minPresentShare * levels.length) return undefined
  const shared = median(ratios)
  const travelled = isRiseBad ? 1 + travellingShare * (Math.max(...ratios) - 1) : shared
  const factor = Math.max(shared, travelled)
  return factor > 0 ? factor : undefined
}

/** Most values that a device keeps while it learns one baseline. */
const maxLearntValues = 600

/** Check that siblings are other metrics of the kind, each given once, and that none of the metrics can be negative. */
export function validateSiblings(
  { metric, siblings, learn }: { metric: string; siblings: readonly string[]; learn: number },
  { kind, path }: Pick<ConfigContext, 'kind' | 'path'>,
): ConfigProblem[] {
  const problems = siblings.flatMap((sibling, index): ConfigProblem[] => {
    const at = [...path, 'siblings', index]
    if (sibling === metric || siblings.indexOf(sibling) < index) {
      const message = `${sibling} is given twice`
      return [{ path: at, message, hint: 'name each of the other parts once' }]
    }
    return validateMetric(at, sibling, kind)
  })
  if ((1 + siblings.length) * learn > maxLearntValues) {
    const message = `learn: ${learn} readings with ${siblings.length} siblings are too many to keep`
    const hint = `make it at most ${Math.floor(maxLearntValues / (1 + siblings.length))}`
    problems.push({ path: [...path, 'learn'], message, hint })
  }
  const negative = [metric, ...siblings].find((name) => (kind.metrics.get(name)?.range[0] ?? 0) < 0)
  if (negative === undefined) return problems
  const message = `${negative} can be negative, and siblings are compared by ratios`
  return [...problems, { path: [...path, 'siblings'], message, hint: 'use metrics with a range from 0 on' }]
}
