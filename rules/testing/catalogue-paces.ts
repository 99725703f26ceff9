import { parse } from 'yaml'
import { dayMs } from '../../lib/time.ts'
import type { LoadedRule } from '../files/load-rules.ts'
import { formatFindings } from '../rule-tests/compare-findings.ts'
import { simulateRuleTest } from '../rule-tests/run-rule-tests.ts'
import { type RuleTest, ruleTestSchema } from '../rule-tests/schema.ts'
import { testStart } from '../rule-tests/test-inputs.ts'
import { seriesAtPace } from './other-pace.ts'
import { shippedKinds } from './rules.ts'

/** Readings that a rule may need beyond those of its test, to be sure. */
const extraReadings = 4
/** Share of the time by which a date may move: a forecast sees other noise. */
const tolerance = 0.25

type TestFile = {
  tests: { series?: Record<string, string>; uploads?: { series: Record<string, string> }[] }[]
}

/** Run the tests of a rule with readings at another interval. @returns what is not as expected, one line for each test */
export function failuresAtPace(loaded: LoadedRule, everyMs: number): string[] {
  const { tests } = parse(loaded.text) as TestFile
  return tests.flatMap((raw, index) => {
    const atPace = (series: Record<string, string> = {}) =>
      Object.fromEntries(Object.entries(series).map(([name, text]) => [name, seriesAtPace(text, everyMs)]))
    const test = ruleTestSchema.parse({
      ...raw,
      series: atPace(raw.series),
      uploads: (raw.uploads ?? []).map((upload) => ({ ...upload, series: atPace(upload.series) })),
    })
    const usualMs = Math.max(0, ...Object.values(loaded.tests[index]?.series ?? {}).map((one) => one.everyMs))
    const problem = problemAtPace(loaded, { ...test, everyMs: usualMs }, everyMs)
    return problem === undefined ? [] : [`${loaded.rule.name}, "${test.name}": ${problem}`]
  })
}

/** The first expected alarm must come in time where the readings go on for long enough, and no alarm where none is. */
function problemAtPace(
  loaded: LoadedRule,
  test: RuleTest & { everyMs: number },
  everyMs: number,
): string | undefined {
  const findings = simulateRuleTest(loaded, test, shippedKinds)
  // The interval of a device is known from its fourth reading on.
  const isKnown = (at: number): boolean =>
    loaded.rule.detect.name !== 'silence' || at >= testStart + 3 * everyMs
  const raised = findings.filter(({ state, at }) => state === 'raised' && isKnown(at))
  const expected = test.expect.find(({ finding }) => finding === 'raised')
  if (expected === undefined)
    return raised.length === 0 ? undefined : `expected none, ${formatFindings(raised)}`
  const ends = Object.values(test.series).map(
    ({ fromMs, everyMs, values }) => fromMs + everyMs * values.length,
  )
  const over = [
    ...test.events.map(({ atMs }) => atMs).filter((atMs) => atMs > expected.at.fromMs),
    ...test.expect.flatMap(({ at, finding }) => (finding === 'cleared' ? [at.fromMs] : [])),
  ]
  const endMs = Math.min(Math.max(...ends), ...over)
  const { fromMs, toMs } = expected.at
  const slackMs = extraReadings * everyMs + tolerance * toMs
  // Between two readings of the test it may have begun already.
  const earliestMs = fromMs - slackMs - test.everyMs
  const [first] = raised
  if (first === undefined) {
    return endMs < toMs + slackMs ? undefined : `expected an alarm by ${(toMs + slackMs) / dayMs}d, none`
  }
  const at = first.at - testStart
  if (at >= earliestMs && at <= toMs + slackMs) return undefined
  return `expected ${fromMs / dayMs}d..${toMs / dayMs}d with ${slackMs / dayMs}d more, ${formatFindings(raised)}`
}
