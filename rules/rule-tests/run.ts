import type { Finding } from '../../contract/finding.ts'
import { type Lessons, lifeSubject, peersSubject } from '../../contract/fleet-model.ts'
import type { Life } from '../../contract/lifetime.ts'
import { createEngine } from '../engine/create-engine.ts'
import type { DeviceState } from '../engine/engine.ts'
import type { Kinds } from '../files/kinds.ts'
import { checkRules, type LoadedRule, type Vocabulary } from '../files/load-rules.ts'
import type { Problem } from '../files/problem.ts'
import { mismatch, showFindings } from './compare.ts'
import type { RuleTest } from './schema.ts'
import { scriptOf, testStart } from './script.ts'
import type { TestSeries } from './series.ts'

export interface RuleTestResult {
  file: string
  rule: string
  test: string
  outcome: { is: 'passed' } | { is: 'failed'; expected: string; happened: string }
}

export interface TestedRules {
  /** Rules with a problem are not run. */
  problems: Problem[]
  results: RuleTestResult[]
}

/** Checks the rules of files and folders, and runs the tests that they carry. */
export async function testRules(paths: readonly string[], vocabulary: Vocabulary): Promise<TestedRules> {
  const { problems, rules } = await checkRules(paths, vocabulary)
  return { problems, results: rules.flatMap((rule) => runTestsOf(rule, vocabulary.kinds)) }
}

export function runTestsOf(loaded: LoadedRule, kinds: Kinds): RuleTestResult[] {
  return loaded.tests.map((test) => {
    const happened = findingsOfTest(loaded, test, kinds)
    const expected = mismatch(test.expect, happened)
    return {
      file: loaded.file,
      rule: loaded.rule.name,
      test: test.name,
      outcome:
        expected === undefined
          ? { is: 'passed' }
          : { is: 'failed', expected, happened: showFindings(happened) },
    }
  })
}

/** What a rule finds on its own in the course of a test. */
export function findingsOfTest(loaded: LoadedRule, test: RuleTest, kinds: Kinds): Finding[] {
  const engine = createEngine({ kinds, rules: [loaded.rule] })
  const lessons = lessonsOf(loaded, test)
  const findings: Finding[] = []
  let state: DeviceState | undefined
  const { kind } = loaded.rule
  const options = { ticks: engine.needsTicks(kind), latenessMs: kinds.get(kind)?.latenessMs ?? 0 }
  for (const input of scriptOf(loaded, test, options)) {
    const step = engine.step(state, input, lessons)
    state = step.state
    findings.push(...step.findings.filter(({ rule }) => rule === loaded.rule.name))
  }
  return findings
}

/** What the fleet teaches in a test: its `peers:` and `lives:`. */
function lessonsOf({ rule }: LoadedRule, { peers, lives }: RuleTest): Lessons {
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
