import type { BacktestReport, RuleOutcome, VersionOutcome } from './report.ts'

/** A report in plain lines. */
export function describeReport(report: BacktestReport): string[] {
  const { devices, deviceYears, readings, elapsedMs, readingsPerSecond, rules } = report
  return [
    `${day(report.from)} to ${day(report.to)}: ${count(devices)} devices, ${deviceYears.toFixed(1)} device-years`,
    `${count(readings)} readings in ${(elapsedMs / 1_000).toFixed(1)} s, ${count(readingsPerSecond)} readings/s`,
    ...rules.flatMap(describeRule),
    ...describeTickets(report),
  ]
}

function describeRule({ rule, candidate, live }: RuleOutcome): string[] {
  const sides: [string, VersionOutcome][] = [['candidate', candidate]]
  if (live) sides.push(['live', live])
  return [
    '',
    `${rule}${live === null ? ' (there is no live rule of this name)' : ''}`,
    ...sides.map(([side, outcome]) => `  ${side.padEnd(9)} ${outcome.version}  ${describeOutcome(outcome)}`),
  ]
}

function describeOutcome(outcome: VersionOutcome): string {
  const { raised, cleared, alarmsPerDeviceYear, truth, verdicts } = outcome
  const rate = alarmsPerDeviceYear === null ? '' : `, ${alarmsPerDeviceYear.toFixed(2)} a device-year`
  const parts = [`${count(raised)} raised, ${count(cleared)} cleared${rate}`]
  if (truth) {
    const { precision, recall, medianLeadDays } = truth
    const lead = medianLeadDays === null ? '–' : `${medianLeadDays.toFixed(0)} days`
    parts.push(`truth: precision ${share(precision)}, recall ${share(recall)}, median lead ${lead}`)
  }
  if (verdicts) {
    const { worn, wornAlarmed, sound, soundAlarmed } = verdicts
    parts.push(`technicians: ${wornAlarmed} of ${worn} worn, ${soundAlarmed} of ${sound} sound parts alarmed`)
  }
  return parts.join('; ')
}

const mostTickets = 20

function describeTickets({ tickets }: BacktestReport): string[] {
  const { candidate, live, gained, lost, moved } = tickets
  if (live === undefined) return ['', `${count(candidate)} tickets`]
  const earlier = moved.filter(({ openedAt, liveOpenedAt }) => openedAt < liveOpenedAt).length
  const lines = [
    ...gained.map((ticket) => ({ sign: '+', ...ticket })),
    ...lost.map((ticket) => ({ sign: '−', ...ticket })),
  ]
  const shown = lines
    .slice(0, mostTickets)
    .map(
      ({ sign, device, component, rule, openedAt }) =>
        `  ${sign} ${device} ${component}: ${rule}, ${day(openedAt)}`,
    )
  const rest = lines.length > mostTickets ? [`  … and ${count(lines.length - mostTickets)} more`] : []
  return [
    '',
    `tickets: ${count(live)} live, ${count(candidate)} candidate: ${count(gained.length)} gained, ${count(lost.length)} lost, ` +
      `${count(earlier)} earlier, ${count(moved.length - earlier)} later`,
    ...shown,
    ...rest,
  ]
}

export const count = (value: number): string => value.toLocaleString('en')

export const day = (ts: number): string => new Date(ts).toISOString().slice(0, 10)

export const share = (value: number | null): string =>
  value === null ? '–' : `${(value * 100).toFixed(0)} %`
