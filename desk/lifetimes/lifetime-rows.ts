import type { LifetimeReport } from './lifetime-report.ts'

type Estimate = LifetimeReport['b10']
type PfInterval = LifetimeReport['pfIntervals'][number]

/** Return the title of a report: kind, model and component. */
export function lifetimeTitle({ kind, model, component }: LifetimeReport): string {
  return [kind, model, component].filter((name) => name !== '').join(' · ')
}

/** Return the figures of a report as rows of name and value, for terminals and pages. */
export function lifetimeRows(report: LifetimeReport): [string, string][] {
  const { parts, failures, running, ofUnknownAge, unit, modes, regions, repairs } = report
  const inUnit = (estimate: Estimate) => `${formatEstimate(estimate)} ${unit}`
  const lastRepairs = repairs.at(-1)
  return [
    ['parts', `${parts}, of which ${failures} failed and ${running} are running`],
    ...(ofUnknownAge > 0 ? [['of unknown age', String(ofUnknownAge)] as [string, string]] : []),
    ['shape', `${formatEstimate(report.shape)}: ${describeShape(report.shape)}`],
    ['scale', inUnit(report.scale)],
    ['B10', inUnit(report.b10)],
    ['B50', inUnit(report.b50)],
    ...modes
      .filter(({ mode }) => mode !== '')
      .map(({ mode, failures: count, incidence }): [string, string] => [
        `mode ${mode}`,
        `${count} failures, ${(100 * incidence).toFixed(1)} % of all parts by ${round(oldestOf(report))} ${unit}`,
      ]),
    ...(lastRepairs === undefined
      ? []
      : [
          ['repairs each', `${formatEstimate(lastRepairs)} by ${round(lastRepairs.age)} ${unit}`] as [
            string,
            string,
          ],
        ]),
    ...regions.flatMap(({ region, running: count, expected }) =>
      expected.map(({ within, ...estimate }): [string, string] => [
        `failures in ${round(within)} ${unit}`,
        `${formatEstimate(estimate)} of ${count} running${region === '' ? '' : ` in ${region}`}`,
      ]),
    ),
    ...report.pfIntervals.map((interval): [string, string] => [
      `P–F interval of ${interval.rule}`,
      describePfInterval(interval),
    ]),
    ...replacementRow(report),
  ]
}

function describePfInterval({ alarms, failures, failedAtAlarm, b10, b50 }: PfInterval): string {
  const counts = `${alarms} alarms, ${failures} failures, ${failedAtAlarm} of them before the alarm`
  if (b10 === undefined || b50 === undefined) return counts
  return `${counts}; else 10 % failed within ${formatEstimate(b10)} days of the alarm, half within ${formatEstimate(b50)}`
}

function replacementRow({ replacement, unit }: LifetimeReport): [string, string][] {
  if (replacement === undefined) return []
  if (replacement.is === 'run_to_failure') {
    const why =
      replacement.reason === 'no_wear'
        ? 'old parts fail no more often than new ones'
        : 'replacing in time saves less than 1 %'
    return [['replace at', `never before it fails: ${why}`]]
  }
  const { age, costRate, runToFailureRate } = replacement
  const saved = Math.round(100 * (1 - costRate / runToFailureRate))
  return [['replace at', `${round(age)} ${unit}, which costs ${saved} % less than running until failure`]]
}

function describeShape({ lower, upper }: Estimate): string {
  if (lower > 1) return 'wears out'
  return upper < 1 ? 'fails early' : 'wear is not certain'
}

const oldestOf = ({ fitted }: LifetimeReport): number => fitted.at(-1)?.age ?? 0

function formatEstimate({ value, lower, upper }: Estimate): string {
  return `${round(value)} (${round(lower)}–${round(upper)})`
}

/** Three significant digits, without exponent. */
function round(value: number): string {
  return String(value >= 1000 ? Math.round(value) : Number(value.toPrecision(3)))
}
