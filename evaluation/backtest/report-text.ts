import type { BacktestReport, RuleResult, RuleVersionResult } from './report.ts'

/** Return a report as lines of text for a terminal. */
export function formatReport(report: BacktestReport): string[] {
  const { devices, deviceYears, readings, elapsedMs, readingsPerSecond, rules } = report
  return [
    `${formatDay(report.from)} to ${formatDay(report.to)}: ${formatCount(devices)} devices, ${deviceYears.toFixed(1)} device-years`,
    `${formatCount(readings)} readings in ${(elapsedMs / 1_000).toFixed(1)} s, ${formatCount(readingsPerSecond)} readings/s`,
    ...rules.flatMap(formatRule),
    ...formatTickets(report),
  ]
}

function formatRule({ rule, candidate, live }: RuleResult): string[] {
  const results: [string, RuleVersionResult][] = [['candidate', candidate]]
  if (live) results.push(['live', live])
  return [
    '',
    `${rule}${live === null ? ' (there is no live rule of this name)' : ''}`,
    ...results.map(([role, result]) => `  ${role.padEnd(9)} ${result.version}  ${formatResult(result)}`),
  ]
}

function formatResult(outcome: RuleVersionResult): string {
  const { raised, cleared, alarmsPerDeviceYear, truth, verdicts } = outcome
  const rate = alarmsPerDeviceYear === null ? '' : `, ${alarmsPerDeviceYear.toFixed(2)} per device-year`
  const parts = [`${formatCount(raised)} raised, ${formatCount(cleared)} cleared${rate}`]
  if (truth) {
    const { precision, recall, medianLeadDays } = truth
    const lead = medianLeadDays === null ? '–' : `${medianLeadDays.toFixed(0)} days`
    parts.push(
      `truth: precision ${formatPercent(precision)}, recall ${formatPercent(recall)}, median lead ${lead}`,
    )
  }
  if (verdicts) {
    const { worn, wornAlarmed, healthy, healthyAlarmed } = verdicts
    parts.push(
      `technicians: ${wornAlarmed} of ${worn} worn, ${healthyAlarmed} of ${healthy} healthy parts alarmed`,
    )
  }
  return parts.join('; ')
}

const maxTickets = 20

function formatTickets({ tickets }: BacktestReport): string[] {
  const { candidate, live, gained, lost, moved } = tickets
  if (live === undefined) return ['', `${formatCount(candidate)} tickets`]
  const earlier = moved.filter(({ openedAt, liveOpenedAt }) => openedAt < liveOpenedAt).length
  const lines = [
    ...gained.map((ticket) => ({ sign: '+', ...ticket })),
    ...lost.map((ticket) => ({ sign: '−', ...ticket })),
  ]
  const shown = lines
    .slice(0, maxTickets)
    .map(
      ({ sign, device, component, rule, openedAt }) =>
        `  ${sign} ${device} ${component}: ${rule}, ${formatDay(openedAt)}`,
    )
  const rest = lines.length > maxTickets ? [`  … and ${formatCount(lines.length - maxTickets)} more`] : []
  return [
    '',
    `tickets: ${formatCount(live)} live, ${formatCount(candidate)} candidate: ${formatCount(gained.length)} gained, ${formatCount(lost.length)} lost, ` +
      `${formatCount(earlier)} earlier, ${formatCount(moved.length - earlier)} later`,
    ...shown,
    ...rest,
  ]
}

export const formatCount = (value: number): string => value.toLocaleString('en')

export const formatDay = (ts: number): string => new Date(ts).toISOString().slice(0, 10)

export const formatPercent = (value: number | null): string =>
  value === null ? '–' : `${(value * 100).toFixed(0)} %`
