import type { Kpi } from '../../desk/reports/report-schema.ts'
import type { ServiceFigures } from './figures.ts'

const kpiLabels: Record<Kpi['id'], string> = {
  responseSlaCompliance: 'response SLA met',
  solutionSlaCompliance: 'solution SLA met',
  firstTimeFix: 'first-time fix',
  satisfaction: 'satisfied owners (4 or 5 of 5)',
  repairedBeforeFailureShare: 'repaired before failure',
  noticesPerOwnerMonth: 'notices per owner and month',
}

/** Format the figures of the service: each with its target and sample size. */
export function formatServiceFigures({
  tickets,
  quietHoursViolations,
  duplicateNotices,
  service,
}: ServiceFigures): string[] {
  const { kpis, workStates, rejectedCommands } = service
  const many = (counts: Record<string, number>) =>
    Object.entries(counts)
      .map(([name, count]) => `${count} ${name.replaceAll('_', ' ')}`)
      .join(', ')
  return [
    `service: ${tickets} tickets (${many(workStates)})`,
    `  ${'figure'.padEnd(32)} ${'value'.padStart(7)} ${'target'.padStart(7)}   of`,
    ...kpis.map(formatKpi),
    `  quiet-hour violations ${quietHoursViolations}, duplicate notices ${duplicateNotices}`,
    ...(Object.keys(rejectedCommands).length > 0 ? [`  rejected commands: ${many(rejectedCommands)}`] : []),
  ]
}

function formatKpi({ id, value, target, met, n }: Kpi): string {
  const isShare = id !== 'noticesPerOwnerMonth'
  const shown = value === null ? '–' : isShare ? percent(value) : value.toFixed(2)
  const aim = target === null ? '' : percent(target)
  const verdict = met === null ? ' ' : met ? '✓' : '✗'
  return `  ${kpiLabels[id].padEnd(32)} ${shown.padStart(7)} ${aim.padStart(7)} ${verdict} ${Math.round(n)}`
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`
}
