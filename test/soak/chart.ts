import { roundedScale, type Scale, scaleTicks, svgPath } from '../../evaluation/recorded/page/axes.ts'
import { escapeHtml } from '../../lib/escape-html.ts'
import type { Sample } from './sample.ts'
import { rollingMinimum, type TimeSeries, theilSenTrend } from './trend.ts'
import { heapFloorSeconds, warmUpEnd } from './verdict.ts'

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
svg { color-scheme: light dark; --paper: #fff; --ink: #1d2733; --soft: #5d6b7a; --line: #e3e7ec; --warm: #f3f5f8;
  --c0: #1d63c4; --c1: #c2410c; --c2: #15803d; --c3: #7e3fb8; --c4: #8a6d00; }
@media (prefers-color-scheme: dark) { svg { --paper: #151a20; --ink: #e4e9ef; --soft: #9aa8b6; --line: #2b343e;
  --warm: #1b222a; --c0: #6aa8ff; --c1: #fb923c; --c2: #4ade80; --c3: #c79bff; --c4: #e3c04d; } }
text { font: 11px system-ui, sans-serif; fill: var(--soft) } .title { font-size: 16px; font-weight: 600; fill: var(--ink) }
.name { font-size: 12px; font-weight: 600; fill: var(--ink) } .paper { fill: var(--paper) } .warm { fill: var(--warm) }
.grid { stroke: var(--line); fill: none } .course { fill: none; stroke-width: 1.4; stroke-linejoin: round }
.trend { stroke-width: 1.6; stroke-dasharray: 6 4 }
${[0, 1, 2, 3, 4].map((n) => `.s${n} { stroke: var(--c${n}) } .f${n} { fill: var(--c${n}) }`).join('\n')}
`

/** All courses of a soak as an SVG of small multiples: the time in minutes below, the warm-up in grey. */
export function renderSoakChart(samples: readonly Sample[], { title }: { title: string }): string {
  const panels = createPanels(samples)
  const { width, head, columns, panel } = size
  const rows = Math.ceil(panels.length / columns)
  const height = head + rows * (panel.height + panel.gap)
  const until = (samples.at(-1)?.at ?? 1) / 60
  const drawn = panels.map((each, index) => {
    const left = (index % columns) * (panel.width + panel.gap)
    const top = head + Math.floor(index / columns) * (panel.height + panel.gap)
    const times = { until, warm: warmUpEnd(samples) / 60 }
    return `<g transform="translate(${left} ${top})">${renderPanel(each, times)}</g>`
  })
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img">
<title>${escapeHtml(title)}</title><style>${style}</style>
<rect class="paper" width="${width}" height="${height}"/>
<text class="title" x="12" y="24">${escapeHtml(title)}</text>
<text x="12" y="42">Minutes since the load began. Grey: the warm-up, which no verdict looks at. Dashed: the Theil–Sen line.</text>
${drawn.join('\n')}
</svg>
`
}

function createPanels(samples: readonly Sample[]): ChartPanel[] {
  const course = (of: (sample: Sample) => number): TimeSeries =>
    samples.map((sample) => [sample.at / 60, of(sample)])
  const MiB = (of: (sample: Sample) => number) => course((sample) => of(sample) / 2 ** 20)
  const memory = MiB(({ anonBytes }) => anonBytes)
  const heap = MiB(({ heapUsedBytes }) => heapUsedBytes)
  const floor = rollingMinimum(heap, heapFloorSeconds / 60)
  const warm = warmUpEnd(samples) / 60
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
  const judged = course.filter(([at]) => at >= from)
  const { median, growth } = theilSenTrend(judged)
  const until = judged.at(-1)?.[0] ?? from
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

function renderPanel({ title, lines }: ChartPanel, { until, warm }: { until: number; warm: number }): string {
  const { width, height } = size.panel
  const highest = Math.max(1, ...lines.flatMap(({ series: course }) => course.map(([, value]) => value)))
  const x = roundedScale([0, until], [inset.left, width - inset.right])
  const y = roundedScale([0, highest * 1.05], [height - inset.bottom, inset.top])
  const courses = lines.map(({ series: course, look }, index) => {
    const path = svgPath(course.map(([at, value]) => [x(at), y(value)]))
    return path === '' ? '' : `<path class="course s${index} ${look ?? ''}" d="${path}"/>`
  })
  const grey = `<rect class="warm" x="${x(0)}" y="${inset.top}" width="${x(warm) - x(0)}" height="${height - inset.bottom - inset.top}"/>`
  return `<text class="name" x="12" y="16">${title}</text>${renderLegend(lines)}${grey}${renderGrid(x, y)}${courses.join('')}`
}

function renderLegend(lines: readonly ChartLine[]): string {
  let left = 12
  return lines
    .map(({ name }, index) => {
      const place = left
      left += 26 + 6.6 * name.length
      return `<circle class="f${index}" cx="${place + 4}" cy="29" r="4"/><text x="${place + 12}" y="33">${escapeHtml(name)}</text>`
    })
    .join('')
}

function renderGrid(x: Scale, y: Scale): string {
  const { width, height } = size.panel
  const rows = scaleTicks(y, 4).map(
    (tick) =>
      `<path class="grid" d="M${inset.left} ${y(tick)}H${width - inset.right}"/><text x="${inset.left - 6}" y="${y(tick) + 4}" text-anchor="end">${tick.toLocaleString('en')}</text>`,
  )
  const columns = scaleTicks(x, 6).map(
    (tick) =>
      `<text x="${x(tick)}" y="${height - 8}" text-anchor="middle">${tick.toLocaleString('en')}</text>`,
  )
  return [...rows, ...columns].join('')
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
