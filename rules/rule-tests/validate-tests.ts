import type { Kind } from '../files/kinds.ts'
import { unknownNameProblem } from '../files/parse-yaml.ts'
import type { ConfigProblem } from '../files/rule-file-problem.ts'
import type { RuleTest } from './schema.ts'

/** Return problems of tests: series, peers and lives of metrics that the kind does not measure. */
export function validateTests(tests: readonly RuleTest[], kind: Kind): ConfigProblem[] {
  const metrics = [...kind.metrics].filter(([, { cel }]) => cel === undefined).map(([name]) => name)
  return tests.flatMap(({ series, uploads, peers, lives }, index) => {
    const locatedSeries = [
      { path: ['tests', index, 'series'], series },
      { path: ['tests', index, 'peers'], series: peers },
      ...lives.map((life, number) => ({ path: ['tests', index, 'lives', number], series: life })),
      ...uploads.map((upload, number) => ({
        path: ['tests', index, 'uploads', number, 'series'],
        series: upload.series,
      })),
    ]
    return locatedSeries.flatMap((located) =>
      Object.keys(located.series)
        .filter((metric) => !metrics.includes(metric))
        .map((metric) => ({
          path: [...located.path, metric],
          target: 'key' as const,
          ...(derivedMetricProblem(metric, kind) ??
            unknownNameProblem(`metric of ${kind.name}`, metric, metrics)),
        })),
    )
  })
}

function derivedMetricProblem(
  metric: string,
  { derivations }: Kind,
): { message: string; hint: string } | undefined {
  const inputs = derivations.find((derivation) => derivation.metric === metric)?.inputs
  if (inputs === undefined) return undefined
  return {
    message: `${metric} is derived, not measured`,
    hint: `give its inputs instead: ${inputs.join(', ')}`,
  }
}
