import { Tile } from '../../../lib/page/tile.tsx'
import type { Kpi, MonthlyReport } from '../report-schema.ts'
import { Sparkline } from './charts.tsx'
import type { ReportFormatter } from './report-texts.ts'
import type { SectionProps } from './sections.tsx'

/** A tile for each KPI with its past months. */
export function KpiTiles({ report: { kpis, trend }, format }: SectionProps) {
  return (
    <div class="tiles">
      {kpis.map((kpi) => (
        <KpiTile key={kpi.id} kpi={kpi} trend={trend} format={format} />
      ))}
    </div>
  )
}

interface KpiTileProps {
  kpi: Kpi
  trend: MonthlyReport['trend']
  format: ReportFormatter
}

function KpiTile({ kpi, trend, format }: KpiTileProps) {
  const { name } = format.texts.kpis[kpi.id]
  return (
    <Tile
      name={name}
      value={format.formatKpi(kpi, kpi.value)}
      state={stateOf(kpi, format)}
      note={kpiFacts(kpi, format).join(' · ')}
    >
      <KpiSparkline kpi={kpi} trend={trend} label={name} />
      <div class="months">
        <span>{trend[0]?.month}</span>
        <span>{trend.at(-1)?.month}</span>
      </div>
    </Tile>
  )
}

function stateOf({ value, met }: Kpi, { texts: { state } }: ReportFormatter) {
  if (value === null) return { is: 'neutral', text: state.none } as const
  if (met === null) return undefined
  return met
    ? ({ is: 'good', text: `✓ ${state.met}` } as const)
    : ({ is: 'bad', text: `✗ ${state.missed}` } as const)
}

function kpiFacts(kpi: Kpi, { texts, formatCount, formatKpi, formatShare }: ReportFormatter): string[] {
  const facts = [texts.kpis[kpi.id].of(formatCount(kpi.n))]
  if (kpi.target !== null) facts.push(texts.target(formatShare(kpi.target)))
  if (kpi.low !== null) facts.push(texts.between(formatKpi(kpi, kpi.low), formatKpi(kpi, kpi.high)))
  if (kpi.provisional > 0) facts.push(texts.provisional(formatCount(kpi.provisional)))
  return facts
}

function KpiSparkline({ kpi, trend, label }: Omit<KpiTileProps, 'format'> & { label: string }) {
  const points = trend.map(
    ({ kpis }) => kpis.find(({ id }) => id === kpi.id) ?? { value: null, low: null, high: null },
  )
  const values = points.flatMap(({ value, low }) => [value ?? [], low ?? []].flat())
  const bottom = Math.min(kpi.target ?? Number.POSITIVE_INFINITY, ...values)
  const isShare = kpi.id !== 'noticesPerOwnerMonth'
  const range = isShare
    ? ([Number.isFinite(bottom) ? Math.max(0, bottom - 0.05) : 0, 1] as const)
    : ([0, Math.max(1, ...values)] as const)
  return <Sparkline points={points} target={kpi.target} range={range} label={label} />
}
