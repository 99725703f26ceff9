import type { Kind } from '../files/kinds.ts'
import { unknownName } from '../files/parse-yaml.ts'
import type { ConfigProblem } from '../files/problem.ts'
import type { RuleTest } from './schema.ts'

/** Series, peers and lives of a test have to be of metrics that the kind has. */
export function checkTests(tests: readonly RuleTest[], kind: Kind): ConfigProblem[] {
  const metrics = [...kind.metrics].filter(([, { cel }]) => cel === undefined).map(([name]) => name)
  return tests.flatMap(({ series, uploads, peers, lives }, index) => {
    const places = [
      { path: ['tests', index, 'series'], series },
      { path: ['tests', index, 'peers'], series: peers },
      ...lives.map((life, number) => ({ path: ['tests', index, 'lives', number], series: life })),
      ...uploads.map((upload, number) => ({
        path: ['tests', index, 'uploads', number, 'series'],
        series: upload.series,
      })),
    ]
    return places.flatMap((place) =>
      Object.keys(place.series)
        .filter((metric) => !metrics.includes(metric))
        .map((metric) => ({
          path: [...place.path, metric],
          part: 'key' as const,
          ...(derivedName(metric, kind) ?? unknownName(`metric of ${kind.name}`, metric, metrics)),
        })),
    )
  })
}

function derivedName(metric: string, { derivations }: Kind): { message: string; hint: string } | undefined {
  const inputs = derivations.find((derivation) => derivation.metric === metric)?.inputs
  if (inputs === undefined) return undefined
  return {
    message: `${metric} is derived, not measured`,
    hint: `give what it follows from: ${inputs.join(', ')}`,
  }
}
