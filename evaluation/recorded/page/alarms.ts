import { escaped } from '../../../lib/escaped.ts'
import type { DetectedPart, DetectedSet } from '../detection/detect.ts'
import { detectionCells, detectionColumns, detectionRemark } from '../detection/text-table.ts'
import { scaleOf } from './axes.ts'
import { tableHtml } from './html.ts'

const [width, left, rowHeight] = [760, 170, 22]

/** A detection set: what its sensors raised over the lives of the parts. */
export function alarmsSection(detected: DetectedSet): string {
  const rows = detected.parts.map((part) => ({ cells: detectionCells(part, detected) }))
  return `<section id="${detected.set.name}"><h2>${escaped(detected.set.title)}</h2>
<p class="soft">${escaped(detectionRemark(detected))}. Each line is a sensor over the life of its part; coloured while an alarm stood.</p>
<div class="alarms">${timelinesOf(detected.parts)}
${tableHtml({ head: detectionColumns, rows })}</div></section>`
}

function timelinesOf(parts: readonly DetectedPart[]): string {
  const sensors = parts.flatMap((part) =>
    [...part.alarms].map(([sensor, alarms]) => ({ part, sensor, alarms })),
  )
  const lines = sensors.map(({ part, sensor, alarms }, index) => {
    const y = index * rowHeight + 4
    const x = scaleOf([part.begin, part.end], [left, width - 4])
    const bar = (from: number, until: number, look: string) =>
      `<rect class="${look}" x="${x(from)}" y="${y}" width="${Math.max(1.5, x(until) - x(from)).toFixed(1)}" height="13" rx="2"/>`
    const name = `${part.part.unit} ${sensor}`
    return [
      `<text x="${left - 8}" y="${y + 11}" text-anchor="end">${escaped(name)}</text>`,
      bar(part.begin, part.end, 'life'),
      ...alarms.map(({ from, until = part.end }) => bar(from, until, part.part.fails ? 'alarm' : 'false')),
    ].join('')
  })
  const height = sensors.length * rowHeight
  return `<svg viewBox="0 0 ${width} ${height}" role="img" aria-label="Alarms over the lives of the parts">${lines.join('\n')}</svg>`
}
