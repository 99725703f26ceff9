import { type Lessons, lifeSubject, peersSubject } from '../../contract/fleet-model.ts'
import type { Life } from '../../contract/lifetime.ts'
import type { LoadedRule } from '../files/load-rules.ts'
import type { RuleTest } from './schema.ts'
import { testStart } from './script.ts'
import type { TestSeries } from './series.ts'

/** What the fleet teaches in a test: its `peers:` and `lives:`. */
export function lessonsOf({ rule }: LoadedRule, { peers, lives }: RuleTest): Lessons {
  const cohorts = Object.entries(peers).map(([metric, one]) => [
    peersSubject(rule.kind, metric),
    [{ ...one, since: testStart, asOf: testStart }],
  ])
  const courses: Record<string, Life[]> = {}
  for (const [number, life] of lives.entries()) {
    for (const [metric, series] of Object.entries(life)) {
      const subject = lifeSubject(rule.kind, rule.component, metric)
      courses[subject] = [...(courses[subject] ?? []), courseOf(series, `other-${number}/0`)]
    }
  }
  return { version: 'test', lives: courses, peers: Object.fromEntries(cohorts) }
}

function courseOf({ fromMs, everyMs, values }: TestSeries, unit: string): Life {
  const points = values.flatMap((value, index): [number, number][] =>
    value === undefined ? [] : [[testStart + fromMs + index * everyMs, value]],
  )
  return { unit, cohort: {}, since: testStart + fromMs, points }
}
