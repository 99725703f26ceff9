/** From values to pixels. */
export interface Scale {
  (value: number): number
  readonly from: number
  readonly to: number
}

export function roundedScale(
  [from, to]: readonly [number, number],
  [start, end]: readonly [number, number],
): Scale {
  const span = to - from || 1
  return Object.assign((value: number) => round(start + ((value - from) / span) * (end - start)), {
    from,
    to,
  })
}

/** Some round values within a scale: each 1, 2 or 5 times a power of ten. */
export function scaleTicks({ from, to }: Scale, count = 4): number[] {
  const rough = (to - from) / count
  const power = 10 ** Math.floor(Math.log10(rough))
  const step = [1, 2, 5, 10].map((times) => times * power).find((each) => each >= rough) ?? rough
  const first = Math.ceil(from / step)
  const last = Math.floor(to / step)
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, n) => (first + n) * step)
}

/** Of an SVG path, through points. */
export function svgPath(points: readonly (readonly [x: number, y: number])[]): string {
  return points.map(([x, y], index) => `${index === 0 ? 'M' : 'L'}${x} ${y}`).join('')
}

const round = (value: number) => Math.round(value * 10) / 10
