import { pathOf, type Scale, scaleOf, ticksOf } from '../../evaluation/recorded/page/axes.ts'
import { escaped } from '../../lib/escaped.ts'
import type { Sample } from './sample.ts'
import { type Course, floorOf, trendOf } from './trend.ts'
import { heapFloorSeconds, warmUpEnd } from './verdict.ts'

interface Line {
  name: string
  course: Course
  look?: 'trend'
}

interface Panel {
  title: string
  lines: readonly Line[]
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
export function pictureOf(samples: readonly Sample[], { title }: { title: string }): string {
  const panels = panelsOf(samples)
  const { width, head, columns, panel } = size
  const rows = Math.ceil(panels.length / columns)
  const height = head + rows * (panel.height + panel.gap)
  const until = (samples.at(-1)?.at ?? 1) / 60
  const drawn = panels.map((each, index) => {
    const left = (index % columns) * (panel.width + panel.gap)
    const top = head + Math.floor(index / columns) * (panel.height + panel.gap)
    const times = { until, warm: warmUpEnd(samples) / 60 }
    return `<g transform="translate(${left} ${top})">${panelOf(each, times)}</g>`
  })
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img">
<title>${escaped(title)}</title><style>${style}</style>
<rect class="paper" width="${width}" height="${height}"/>
<text class="title" x="12" y="24">${escaped(title)}</text>
<text x="12" y="42">Minutes since the load began. Grey: the warm-up, which no verdict looks at. Dashed: the Theil–Sen line.</text>
${drawn.join('\n')}
</svg>
`
}

function panelsOf(samples: readonly Sample[]): Panel[] {
  const course = (of: (sample: Sample) => number): Course =>
    samples.map((sample) => [sample.at / 60, of(sample)])
  const MiB = (of: (sample: Sample) => number) => course((sample) => of(sample) / 2 ** 20)
  const memory = MiB(({ anonBytes }) => anonBytes)
  const heap = MiB(({ heapUsedBytes }) => heapUsedBytes)
  const floor = floorOf(heap, heapFloorSeconds / 60)
  const warm = warmUpEnd(samples) / 60
  const consumers = new Set(Object.keys(samples.at(-1)?.lag ?? {}).map(withoutPartition))
  return [
    {
      title: 'Memory of its own, MiB',
      lines: [{ name: 'anonymous', course: memory }, trendLine(memory, warm)],
    },
    {
      title: 'JavaScript heap, MiB',
      lines: [
        { name: 'used', course: heap },
        { name: 'floor of 3 minutes', course: floor },
        trendLine(floor, warm),
      ],
    },
    {
      title: 'Other memory, MiB',
      lines: [
        { name: 'heap as reserved', course: MiB(({ heapTotalBytes }) => heapTotalBytes) },
        { name: 'buffers', course: MiB(({ externalBytes }) => externalBytes) },
        { name: 'mapped files', course: MiB(({ fileBytes }) => fileBytes) },
      ],
    },
    {
      title: 'Handles and threads',
      lines: [
        { name: 'open files and sockets', course: course(({ handles }) => handles) },
        { name: 'threads', course: course(({ threads }) => threads) },
      ],
    },
    {
      title: 'Readings received a second',
      lines: [{ name: 'received', course: ratesOf(samples, ({ received }) => received) }],
    },
    {
      title: 'Waiting for an acknowledgement, ms',
      lines: [{ name: 'slowest device', course: course(({ behindMs }) => behindMs) }],
    },
    {
      title: 'Entries that consumers have still to do',
      lines: [...consumers].map((name) => ({ name, course: course(({ lag }) => lagOf(lag, name)) })),
    },
    {
      title: 'Jobs',
      lines: [
        { name: 'to be done', course: course(({ jobs }) => jobs.open) },
        { name: 'failed', course: course(({ jobs }) => jobs.failed) },
      ],
    },
    {
      title: 'Delay of the event loop, ms',
      lines: [{ name: '99th percentile', course: course(({ eventLoopP99Ms }) => eventLoopP99Ms) }],
    },
    { title: 'Journal, MiB', lines: [{ name: 'journal', course: MiB(({ journalBytes }) => journalBytes) }] },
    {
      title: 'Series on disk, MiB',
      lines: [{ name: 'series', course: MiB(({ seriesBytes }) => seriesBytes) }],
    },
    {
      title: 'Records on disk, MiB',
      lines: [{ name: 'records', course: MiB(({ recordsBytes }) => recordsBytes) }],
    },
  ]
}

function trendLine(course: Course, from: number): Line {
  const judged = course.filter(([at]) => at >= from)
  const { median, growth } = trendOf(judged)
  const until = judged.at(-1)?.[0] ?? from
  const percent = `${growth >= 0 ? '+' : ''}${((100 * growth) / (median || 1)).toFixed(1)} %`
  const ends: Course = [
    [from, median - growth / 2],
    [until, median + growth / 2],
  ]
  return { name: percent, course: ends, look: 'trend' }
}

function ratesOf(samples: readonly Sample[], total: (sample: Sample) => number): Course {
  return samples.slice(1).map((sample, index) => {
    const before = samples[index] ?? sample
    return [sample.at / 60, (total(sample) - total(before)) / (sample.at - before.at)] as const
  })
}

function panelOf({ title, lines }: Panel, { until, warm }: { until: number; warm: number }): string {
  const { width, height } = size.panel
  const highest = Math.max(1, ...lines.flatMap(({ course }) => course.map(([, value]) => value)))
  const x = scaleOf([0, until], [inset.left, width - inset.right])
  const y = scaleOf([0, highest * 1.05], [height - inset.bottom, inset.top])
  const courses = lines.map(({ course, look }, index) => {
    const path = pathOf(course.map(([at, value]) => [x(at), y(value)]))
    return path === '' ? '' : `<path class="course s${index} ${look ?? ''}" d="${path}"/>`
  })
  const grey = `<rect class="warm" x="${x(0)}" y="${inset.top}" width="${x(warm) - x(0)}" height="${height - inset.bottom - inset.top}"/>`
  return `<text class="name" x="12" y="16">${title}</text>${keyOf(lines)}${grey}${gridOf(x, y)}${courses.join('')}`
}

function keyOf(lines: readonly Line[]): string {
  let left = 12
  return lines
    .map(({ name }, index) => {
      const place = left
      left += 26 + 6.6 * name.length
      return `<circle class="f${index}" cx="${place + 4}" cy="29" r="4"/><text x="${place + 12}" y="33">${escaped(name)}</text>`
    })
    .join('')
}

function gridOf(x: Scale, y: Scale): string {
  const { width, height } = size.panel
  const rows = ticksOf(y, 4).map(
    (tick) =>
      `<path class="grid" d="M${inset.left} ${y(tick)}H${width - inset.right}"/><text x="${inset.left - 6}" y="${y(tick) + 4}" text-anchor="end">${tick.toLocaleString('en')}</text>`,
  )
  const columns = ticksOf(x, 6).map(
    (tick) =>
      `<text x="${x(tick)}" y="${height - 8}" text-anchor="middle">${tick.toLocaleString('en')}</text>`,
  )
  return [...rows, ...columns].join('')
}

function withoutPartition(consumer: string): string {
  return consumer.replace(/\/\d+$/, '')
}

/** Of a consumer in all partitions. */
function lagOf(lag: Readonly<Record<string, number>>, name: string): number {
  return Object.entries(lag).reduce(
    (sum, [one, behind]) => sum + (withoutPartition(one) === name ? behind : 0),
    0,
  )
}
