import type { Finding } from '../../contract/finding.ts'
import { formatDuration } from '../../lib/duration.ts'
import type { RuleTest } from './schema.ts'
import { testStart } from './test-inputs.ts'
import type { TestWindow } from './test-times.ts'

type Expectation = RuleTest['expect'][number]

/**
 * Compare findings with the expected ones: same number, same order, each in its window. Updates count only
 * if the test expects any.
 * @returns undefined when they match; else a description of the expectation
 */
export function describeMismatch(
  expected: readonly Expectation[],
  findings: readonly Finding[],
): string | undefined {
  const withUpdates = expected.some(({ finding }) => finding === 'updated')
  const counted = findings.filter(({ state }) => withUpdates || state !== 'updated')
  const same =
    counted.length === expected.length && expected.every((one, index) => matches(one, counted[index]))
  if (same) return undefined
  return expected.length === 0 ? 'nothing' : expected.map(formatExpectation).join(', ')
}

function matches({ at, finding, crossing }: Expectation, found: Finding | undefined): boolean {
  if (found === undefined || found.state !== finding || !isWithin(at, found.at)) return false
  if (crossing === undefined) return true
  return found.evidence.crossing !== undefined && isWithin(crossing, found.evidence.crossing.p50)
}

function isWithin({ fromMs, toMs }: TestWindow, ts: number): boolean {
  return ts - testStart >= fromMs && ts - testStart <= toMs
}

function formatExpectation({ at, finding, crossing }: Expectation): string {
  const date = crossing === undefined ? '' : ` with a crossing ${formatTestWindow(crossing)}`
  return `${finding} ${formatTestWindow(at)}${date}`
}

function formatTestWindow({ fromMs, toMs }: TestWindow): string {
  return fromMs === 0
    ? `by ${formatDuration(toMs)}`
    : `within ${formatDuration(fromMs)}..${formatDuration(toMs)}`
}

/** Describe findings, with times as offsets from the test's start. */
export function formatFindings(findings: readonly Finding[]): string {
  return findings.length === 0 ? 'nothing' : findings.map(formatFinding).join(', ')
}

function formatFinding({ state, at, evidence }: Finding): string {
  const { crossing } = evidence
  const date = crossing
    ? ` (crossing ${formatOffset(crossing.p50)}, between ${formatOffset(crossing.p10)} and ${formatOffset(crossing.p90)})`
    : ''
  return `${state} at ${formatOffset(at)}${date}`
}

const formatOffset = (ts: number): string => formatDuration(ts - testStart)
