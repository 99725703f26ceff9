import { expect, it } from 'vitest'
import { readMetric } from './read-metric.ts'

const text = `# HELP lag_entries Lag
# TYPE lag_entries gauge
lag_entries{consumer="series"} 2
lag_entries{consumer="rules"} 3
lag_entries_max 9
`

it('sums a metric over its labels, and takes no other whose name begins alike', () => {
  expect(readMetric(text, 'lag_entries')).toBe(5)
  expect(readMetric(text, 'lag_entries_max')).toBe(9)
})

it('tells that a metric is not there: an overloaded program leaves out what it cannot find out in time', () => {
  expect(readMetric(text, 'lag')).toBeNaN()
})
