import { Line, XAxis, YAxis } from '../../lib/page/chart.tsx'
import { renderDrawing } from '../../lib/page/document.tsx'
import { linearScale, ticks } from '../../lib/page/scale.ts'
import type { Sample } from './sample.ts'
import { rollingMinimum, type TimeSeries, theilSenTrend } from './trend.ts'
import { heapFloorSeconds, type SoakBounds, warmUpEnd } from './verdict.ts'

interface ChartLine {
  name: string
  series: TimeSeries
  look?: 'trend'
}

interface ChartPanel {
  title: string
  lines: readonly ChartLine[]
}

const size = { width: 1_200, head: 56, columns: 3, panel: { width: 390, height: 210, gap: 15 } }
const inset = { left: 52, right: 10, top: 44, bottom: 26 }

const style = `
svg .title { font-size: 16px; font-weight: 600; fill: var(--ink) } svg .name { font-size: 12px; font-weight: 600; fill: var(--ink) }
svg text { font-size: 11px } .warm { color: var(--sunk) } .trend { stroke-dasharray: 6 4 }
.s0 { color: var(--accent) } .s1 { color: var(--major) } .s2 { color: var(--good) } .s3 { color: var(--critical) } .s4 { color: var(--minor) }
`

export interface SoakChartOptions {
  title: string
  bounds: SoakBounds
  idleCpuPercent: { before: number; after: number }
}

/** Return all metrics of a soak as an SVG of small multiples, over minutes; the warm-up is grey. */
export function renderSoakChart(samples: readonly Sample[], options: SoakChartOptions): string {
  const { title, bounds } = options
  const panels = createPanels(samples, options)
  const { width, head, columns, panel } = size
  const height = head + Math.ceil(panels.length / columns) * (panel.height + panel.gap)
  const times = { until: (samples.at(-1)?.at ?? 1) / 60, warm: warmUpEnd(samples, bounds) / 60 }
  const children = (
    <>
      <text class="title" x="12" y="24">
        {title}
      </text>
      <text x="12" y="42">
        Minutes since the load began. Grey: the warm-up, which the verdict leaves out. Dashed: the Theil–Sen
        line.
      </text>
      {panels.map((each, index) => {
        const left = (index % columns) * (panel.width + panel.gap)
        const top = head + Math.floor(index / columns) * (panel.height + panel.gap)
        return (
          <g key={each.title} transform={`translate(${left} ${top})`}>
            <Panel panel={each} times={times} />
          </g>
        )
      })}
    </>
  )
  return renderDrawing({ title, width, height, style, children })
}

function createPanels(
  samples: readonly Sample[],
  { bounds, idleCpuPercent }: SoakChartOptions,
): ChartPanel[] {
  const course = (of: (sample: Sample) => number): TimeSeries =>
    samples.map((sample) => [sample.at / 60, of(sample)])
  const MiB = (of: (sample: Sample) => number) => course((sample) => of(sample) / 2 ** 20)
  const memory = MiB(({ anonBytes }) => anonBytes)
  const heap = MiB(({ heapUsedBytes }) => heapUsedBytes)
  const floor = rollingMinimum(heap, heapFloorSeconds / 60)
  const warm = warmUpEnd(samples, bounds) / 60
  const level = (value: number): TimeSeries => [
    [0, value],
    [(samples.at(-1)?.at ?? 0) / 60, value],
  ]
  const consumers = new Set(Object.keys(samples.at(-1)?.lag ?? {}).map(withoutPartition))
  return [
    {
      title: 'Memory of its own, MiB',
      lines: [{ name: 'anonymous', series: memory }, trendLine(memory, warm)],
    },
    {
      title: 'JavaScript heap, MiB',
      lines: [
        { name: 'used', series: heap },
        { name: 'floor of 3 minutes', series: floor },
        trendLine(floor, warm),
      ],
    },
    {
      title: 'Other memory, MiB',
      lines: [
        { name: 'heap as reserved', series: MiB(({ heapTotalBytes }) => heapTotalBytes) },
        { name: 'buffers', series: MiB(({ externalBytes }) => externalBytes) },
        { name: 'mapped files', series: MiB(({ fileBytes }) => fileBytes) },
      ],
    },
    {
      title: 'Handles and threads',
      lines: [
        { name: 'open files and sockets', series: course(({ handles }) => handles) },
        { name: 'threads', series: course(({ threads }) => threads) },
      ],
    },
    {
      title: 'Readings received a second',
      lines: [{ name: 'received', series: ratesPerSecond(samples, ({ received }) => received) }],
    },
    {
      title: 'Waiting for an acknowledgement, ms',
      lines: [{ name: 'slowest device', series: course(({ behindMs }) => behindMs) }],
    },
    {
      title: 'Entries that consumers have still to do',
      lines: [...consumers].map((name) => ({ name, series: course(({ lag }) => totalLag(lag, name)) })),
    },
    {
      title: 'Jobs',
      lines: [
        { name: 'to be done', series: course(({ jobs }) => jobs.open) },
        { name: 'failed', series: course(({ jobs }) => jobs.failed) },
      ],
    },
    {
      title: 'CPU, % of a core',
      lines: [
        { name: 'under load', series: ratesPerSecond(samples, ({ cpuSeconds }) => 100 * cpuSeconds) },
        { name: 'idle before', series: level(idleCpuPercent.before) },
        { name: 'idle after', series: level(idleCpuPercent.after) },
      ],
    },
    {
      title: 'Delay of the event loop, ms',
      lines: [{ name: '99th percentile', series: course(({ eventLoopP99Ms }) => eventLoopP99Ms) }],
    },
    { title: 'Journal, MiB', lines: [{ name: 'journal', series: MiB(({ journalBytes }) => journalBytes) }] },
    {
      title: 'Series on disk, MiB',
      lines: [{ name: 'series', series: MiB(({ seriesBytes }) => seriesBytes) }],
    },
    {
      title: 'Records on disk, MiB',
      lines: [{ name: 'records', series: MiB(({ recordsBytes }) => recordsBytes) }],
    },
  ]
}

function trendLine(course: TimeSeries, from: number): ChartLine {
  const evaluated = course.filter(([at]) => at >= from)
  const { median, growth } = theilSenTrend(evaluated)
  const until = evaluated.at(-1)?.[0] ?? from
  const percent = `${growth >= 0 ? '+' : ''}${((100 * growth) / (median || 1)).toFixed(1)} %`
  const ends: TimeSeries = [
    [from, median - growth / 2],
    [until, median + growth / 2],
  ]
  return { name: percent, series: ends, look: 'trend' }
}

function ratesPerSecond(samples: readonly Sample[], total: (sample: Sample) => number): TimeSeries {
  return samples.slice(1).map((sample, index) => {
    const before = samples[index] ?? sample
    return [sample.at / 60, (total(sample) - total(before)) / (sample.at - before.at)] as const
  })
}

interface PanelProps {
  panel: ChartPanel
  /** Minutes. */
  times: { until: number; warm: number }
}

function Panel({ panel: { title, lines }, times: { until, warm } }: PanelProps) {
  const { width, height } = size.panel
  const highest = Math.max(1, ...lines.flatMap(({ series }) => series.map(([, value]) => value)))
  const x = linearScale([0, until], [inset.left, width - inset.right])
  const y = linearScale([0, highest * 1.05], [height - inset.bottom, inset.top])
  const plot = { x, y }
  const format = (value: number) => value.toLocaleString('en')
  return (
    <>
      <text class="name" x="12" y="16">
        {title}
      </text>
      <PanelLegend lines={lines} />
      <rect class="warm" x={x(0)} y={inset.top} width={x(warm) - x(0)} height={y(0) - inset.top} />
      <YAxis plot={plot} ticks={ticks(y.domain, 4)} format={format} />
      <XAxis plot={plot} ticks={ticks(x.domain, 6)} format={format} />
      {lines.map(({ name, series, look = '' }, index) => (
        <Line key={name} plot={plot} points={series} class={`s${index} ${look}`} />
      ))}
    </>
  )
}

/** Mean width of a character, px: SVG does not lay text out. */
const characterWidth = 6.6

function PanelLegend({ lines }: { lines: readonly ChartLine[] }) {
  const widths = lines.map(({ name }) => 26 + characterWidth * name.length)
  return (
    <>
      {lines.map(({ name }, index) => {
        const left = 12 + widths.slice(0, index).reduce((sum, width) => sum + width, 0)
        return (
          <g key={name} transform={`translate(${left} 29)`}>
            <circle class={`s${index}`} cx="4" r="4" />
            <text x="12" y="4">
              {name}
            </text>
          </g>
        )
      })}
    </>
  )
}

function withoutPartition(consumer: string): string {
  return consumer.replace(/\/\d+$/, '')
}

/** Of a consumer in all partitions. */
function totalLag(lag: Readonly<Record<string, number>>, name: string): number {
  return Object.entries(lag).reduce(
    (sum, [one, behind]) => sum + (withoutPartition(one) === name ? behind : 0),
    0,
  )
}
