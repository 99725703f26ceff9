import { expect, it } from 'vitest'
import { createInjectedFaults, type MaintenanceInterval } from '../../contract/ground-truth.ts'
import { dayMs } from '../../lib/time.ts'
import { createPartInspector } from './part-condition.ts'

const span: MaintenanceInterval = { from: null, maintainedAt: null, crossedAt: null, wouldCrossAt: null }

function look(intervals: MaintenanceInterval[], at: number, replacedAt: number | null = null) {
  const life = {
    component: 'filter',
    epoch: 0,
    metric: 'dp',
    failureDirection: 'above',
    limit: 600,
    installedAt: null,
  } as const
  const lives = [{ ...life, replacedAt, intervals }]
  const looks = createPartInspector({
    seed: 1,
    from: 0,
    until: 200 * dayMs,
    horizon: 290 * dayMs,
    devices: [{ device: 'rv-1', kind: 'robot_vacuum', parts: lives, injected: createInjectedFaults() }],
  })
  return (component: string) => looks({ device: 'rv-1', component, epoch: 0 }, at * dayMs)
}

it('is worn beyond its limit and within 90 days before it, sound before that', () => {
  const spans = [{ ...span, crossedAt: 100 * dayMs, wouldCrossAt: 100 * dayMs }]
  expect(look(spans, 9)('filter')).toBe('sound')
  expect(look(spans, 10)('filter')).toBe('worn')
  expect(look(spans, 150)('filter')).toBe('worn')
})

it('follows the last cleaning', () => {
  const before = { ...span, maintainedAt: 50 * dayMs, wouldCrossAt: 60 * dayMs }
  const spans = [before, { ...span, from: 50 * dayMs }]
  expect(look(spans, 49)('filter')).toBe('worn')
  expect(look(spans, 51)('filter')).toBe('sound')
})

it('is replaced once the owner had it replaced, and unknown where no model exists', () => {
  expect(look([span], 31, 30 * dayMs)('filter')).toBe('replaced')
  expect(look([span], 31)('door')).toBe('unknown')
})
