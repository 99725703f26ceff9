import { isDated, type Judged } from '../judged.ts'

const [width, height] = [560, 76]
const [left, right] = [92, width - 8]

/** Where the truth lay in the forecasts: shares that came before P10, to P50, to P90, and after it. */
export function sharesOf(judged: readonly Judged[]): [number, number, number, number] | undefined {
  const counts: [number, number, number, number] = [0, 0, 0, 0]
  const dated = judged.filter(isDated)
  for (const { answer, event } of dated) {
    const { p10 = answer.p50, p50, p90 = answer.p50 } = answer
    counts[event < p10 ? 0 : event <= p50 ? 1 : event <= p90 ? 2 : 3] += 1
  }
  if (dated.length === 0) return undefined
  const [early, below, above, late] = counts
  return [early / dated.length, below / dated.length, above / dated.length, late / dated.length]
}

/** The shares beside those of a forecast that knows exactly how sure it may be. */
export function calibrationOf(judged: readonly Judged[]): string {
  const shares = sharesOf(judged)
  if (shares === undefined) return ''
  const [early, below, above, late] = shares
  const inside = Math.round(100 * (below + above))
  return `<figure class="calibration"><svg viewBox="0 0 ${width} ${height}" role="img" aria-label="Calibration: ${inside} % of the truths lay within P10 to P90">
${bar(shares, { label: 'measured', y: 4 })}
${bar([0.1, 0.4, 0.4, 0.1], { label: 'wanted', y: 40 })}
</svg><figcaption>Where the truth lay: before P10 ${share(early)}, P10–P50 ${share(below)}, P50–P90 ${share(above)}, after P90 ${share(late)}. ${inside} % within P10–P90; 80 % is wanted.</figcaption></figure>`
}

function bar(shares: readonly number[], { label, y }: { label: string; y: number }): string {
  let from = left
  const parts = shares.map((part, index) => {
    const wide = part * (right - left)
    const text =
      wide > 32 ? `<text x="${from + wide / 2}" y="${y + 19}" text-anchor="middle">${share(part)}</text>` : ''
    const drawn = `<rect class="share${index}" x="${from.toFixed(1)}" y="${y}" width="${wide.toFixed(1)}" height="30"/>${text}`
    from += wide
    return drawn
  })
  return `<text x="${left - 8}" y="${y + 19}" text-anchor="end">${label}</text>${parts.join('')}`
}

const share = (part: number) => `${Math.round(100 * part)} %`
