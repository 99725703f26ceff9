import { expect, it } from 'vitest'
import type { Sample } from './sample.ts'
import { evaluateSoak } from './verdict.ts'

const MiB = 2 ** 20

function samples(change: (at: number) => Partial<Sample>): Sample[] {
  return Array.from({ length: 120 }, (_, n) => ({
    at: n * 5,
    anonBytes: 400 * MiB,
    fileBytes: 90 * MiB,
    handles: 500,
    threads: 13,
    heapUsedBytes: (70 + (n % 10) * 8) * MiB,
    heapTotalBytes: 160 * MiB,
    externalBytes: 20 * MiB,
    eventLoopP99Ms: 12,
    received: n * 2_000,
    stored: n * 2_000,
    quarantined: 0,
    lag: { series: n % 7, rules: 0 },
    jobs: { open: n % 3, failed: 0 },
    journalBytes: 30 * MiB,
    seriesBytes: n * MiB,
    recordsBytes: 40 * MiB,
    acked: n * 2_000,
    behindMs: 100 + (n % 5) * 20,
    ...change(n * 5),
  }))
}

it('calls a program steady whose heap is a saw and whose series grow', () => {
  const { verdict, grows, findings } = evaluateSoak(
    samples(() => ({})),
    400,
  )
  expect({ verdict, grows }).toEqual({ verdict: 'steady', grows: [] })
  expect(findings.memory).toMatchObject({ median: 400 * MiB, growth: 0 })
})

it('looks at what comes after the warm-up alone', () => {
  const warming = samples((at) => ({ anonBytes: Math.min(400, 200 + at) * MiB }))
  expect(evaluateSoak(warming, 400).verdict).toBe('steady')
})

it('names what grows', () => {
  const leaking = samples((at) => ({ anonBytes: (400 + at / 10) * MiB, handles: 500 + Math.floor(at / 10) }))
  expect(evaluateSoak(leaking, 400)).toMatchObject({ verdict: 'grows', grows: ['memory', 'handles'] })
})

it('calls no growth what a load always has under way', () => {
  const jumpy = samples((at) => ({ lag: { series: at / 5 } }))
  expect(evaluateSoak(jumpy, 400).verdict).toBe('steady')
  expect(
    evaluateSoak(
      samples((at) => ({ lag: { series: at * 5 } })),
      400,
    ).grows,
  ).toEqual(['lag'])
})

it('takes every job that failed for a growth', () => {
  expect(
    evaluateSoak(
      samples((at) => ({ jobs: { open: 0, failed: at / 100 } })),
      400,
    ).grows,
  ).toEqual(['failedJobs'])
})
