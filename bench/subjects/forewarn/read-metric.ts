/** Return the sum over all labels of one metric in Prometheus' text format; 0 when it is not there. */
export function readMetric(text: string, name: string): number {
  return text
    .split('\n')
    .filter((line) => line.startsWith(name) && /[ {]/.test(line[name.length] ?? ''))
    .reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' ') + 1)), 0)
}
