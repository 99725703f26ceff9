import { emptyFleetModel } from '../../contract/fleet-model.ts'
import { dayMs } from '../../lib/time.ts'
import type { Kind } from '../files/kinds.ts'
import type { Rule } from '../files/rule.ts'
import { parseSeries } from '../rule-tests/series.ts'

const start = Date.UTC(2026, 0, 1)

/**
 * Return the size of a rule's state of one device after a year of daily readings, as JSON, in bytes. The values spread
 * over the whole range of each metric, so that every load has a baseline of its own.
 */
export function stateBytes({ detect, component, clear }: Rule, kind: Kind): number {
  const evaluator = detect.createEvaluator({ kind, component, clear, path: [] })
  const context = {
    device: { id: 'd-1', kind: kind.name },
    part: { cohort: {} },
    fleetModel: emptyFleetModel,
  }
  const memory = evaluator.createMemory()
  for (const [day, values] of yearOf(kind).entries()) {
    const ts = start + day * dayMs
    evaluator.onSample(memory, { ts, values }, context)
    evaluator.onTick?.(memory, { at: ts, listening: start }, context)
  }
  return JSON.stringify(memory).length
}

function yearOf(kind: Kind): Record<string, number>[] {
  const shares = parseSeries('0.5x364~0.5 every 1d')?.values.map(Number) ?? []
  const metrics = [...kind.metrics].map(([metric, { range }]) => ({ metric, range }))
  return shares.map((share, day) =>
    Object.fromEntries(
      metrics.map(({ metric, range: [min, max] }, index) => [
        metric,
        min + (max - min) * (shares[(day + 7 * index) % shares.length] ?? share),
      ]),
    ),
  )
}
