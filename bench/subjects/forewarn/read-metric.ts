/** Return the sum over all labels of one metric in Prometheus' text format; NaN when it is not there. */
export function readMetric(text: string, name: string): number {
  const values = text
    .split('\n')
    .filter((line) => line.startsWith(name) && /[ {]/.test(line[name.length] ?? ''))
    .map((line) => Number(line.slice(line.lastIndexOf(' ') + 1)))
  return values.length === 0 ? Number.NaN : values.reduce((sum, value) => sum + value, 0)
}
