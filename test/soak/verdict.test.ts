import { expect, it } from 'vitest'
import type { Sample } from './sample.ts'
import { evaluateSoak } from './verdict.ts'

const MiB = 2 ** 20
const conditions = {
  rate: 400,
  bounds: { journalEntries: 1_000, readingsPerDevice: 300 },
  idleCpuPercent: { before: 2, after: 2.5 },
}

function samples(change: (at: number) => Partial<Sample>): Sample[] {
  return Array.from({ length: 120 }, (_, n) => ({
    at: n * 5,
    anonBytes: 400 * MiB,
    fileBytes: 90 * MiB,
    handles: 500,
    threads: 13,
    cpuSeconds: n,
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
    journalEntries: { telemetry: 1_000, findings: 1_000 },
    seriesBytes: n * MiB,
    recordsBytes: 40 * MiB,
    acked: n * 2_000,
    fewestReadings: n * 10,
    behindMs: 100 + (n % 5) * 20,
    ...change(n * 5),
  }))
}

it('calls a program steady whose heap is a saw and whose series grow', () => {
  const { verdict, grows, findings } = evaluateSoak(
    samples(() => ({})),
    conditions,
  )
  expect({ verdict, grows }).toEqual({ verdict: 'steady', grows: [] })
  expect(findings.memory).toMatchObject({ median: 400 * MiB, growth: 0 })
})

it('looks at what comes after the warm-up alone', () => {
  const warming = samples((at) => ({ anonBytes: Math.min(400, 200 + at) * MiB }))
  expect(evaluateSoak(warming, conditions).verdict).toBe('steady')
})

it('names what grows', () => {
  const leaking = samples((at) => ({ anonBytes: (400 + at / 10) * MiB, handles: 500 + Math.floor(at / 10) }))
  expect(evaluateSoak(leaking, conditions)).toMatchObject({ verdict: 'grows', grows: ['memory', 'handles'] })
})

it('calls no growth what a load always has under way', () => {
  const jumpy = samples((at) => ({ lag: { series: at / 5 } }))
  expect(evaluateSoak(jumpy, conditions).verdict).toBe('steady')
  expect(
    evaluateSoak(
      samples((at) => ({ lag: { series: at * 5 } })),
      conditions,
    ).grows,
  ).toEqual(['lag'])
})

it('takes every job that failed for a growth', () => {
  expect(
    evaluateSoak(
      samples((at) => ({ jobs: { open: 0, failed: at / 100 } })),
      conditions,
    ).grows,
  ).toEqual(['failedJobs'])
})

it('waits until what is bounded has reached its bound, and reports where it does not', () => {
  const filling = samples((at) => ({
    journalBytes: Math.min(at, 380) * (MiB / 10),
    journalEntries: { telemetry: 1_000, findings: Math.min(at, 380) },
  }))
  const until = (journalEntries: number, readingsPerDevice = 300) =>
    evaluateSoak(filling, { ...conditions, bounds: { journalEntries, readingsPerDevice } })
  expect(until(200).grows).toEqual(['journal'])
  expect(until(380)).toMatchObject({ verdict: 'steady', isWarm: true })
  expect(until(381).isWarm).toBe(false)
  expect(until(380, 5_000).isWarm).toBe(false)
})

it('names an idle program that is busier after the load than before', () => {
  const idleCpuPercent = { before: 2, after: 5 }
  expect(
    evaluateSoak(
      samples(() => ({})),
      { ...conditions, idleCpuPercent },
    ).grows,
  ).toEqual(['idleCpu'])
})
