import type { Finding } from '../../contract/finding.ts'
import { showDuration } from '../files/duration.ts'
import type { RuleTest } from './schema.ts'
import { testStart } from './script.ts'
import type { TestSpan } from './times.ts'

type Expectation = RuleTest['expect'][number]

/**
 * Compares findings with the expected ones: as many, in this order, each in its span of time. Updates count only
 * where a test expects some.
 * @returns undefined when they match; else what was expected, in words
 */
export function mismatch(expected: readonly Expectation[], findings: readonly Finding[]): string | undefined {
  const withUpdates = expected.some(({ finding }) => finding === 'updated')
  const counted = findings.filter(({ state }) => withUpdates || state !== 'updated')
  const same =
    counted.length === expected.length && expected.every((one, index) => matches(one, counted[index]))
  if (same) return undefined
  return expected.length === 0 ? 'nothing' : expected.map(showExpectation).join(', ')
}

function matches({ at, finding, crossing }: Expectation, found: Finding | undefined): boolean {
  if (found === undefined || found.state !== finding || !isWithin(at, found.at)) return false
  if (crossing === undefined) return true
  return found.evidence.crossing !== undefined && isWithin(crossing, found.evidence.crossing.p50)
}

function isWithin({ fromMs, toMs }: TestSpan, ts: number): boolean {
  return ts - testStart >= fromMs && ts - testStart <= toMs
}

function showExpectation({ at, finding, crossing }: Expectation): string {
  const date = crossing === undefined ? '' : ` with a crossing ${showSpan(crossing)}`
  return `${finding} ${showSpan(at)}${date}`
}

function showSpan({ fromMs, toMs }: TestSpan): string {
  return fromMs === 0 ? `by ${showDuration(toMs)}` : `within ${showDuration(fromMs)}..${showDuration(toMs)}`
}

/** Findings in words, with times as offsets from the test's start. */
export function showFindings(findings: readonly Finding[]): string {
  return findings.length === 0 ? 'nothing' : findings.map(showFinding).join(', ')
}

function showFinding({ state, at, evidence }: Finding): string {
  const { crossing } = evidence
  const date = crossing
    ? ` (crossing ${offset(crossing.p50)}, between ${offset(crossing.p10)} and ${offset(crossing.p90)})`
    : ''
  return `${state} at ${offset(at)}${date}`
}

const offset = (ts: number): string => showDuration(ts - testStart)
