import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { hourMs, minuteMs } from '../../lib/time.ts'
import {
  escalationSteps,
  reachedEscalations,
  type ServiceLevel,
  slaDueTimes,
  slaStatusAt,
  slaTargets,
} from './sla-clocks.ts'

const levels = Object.keys(slaTargets) as ServiceLevel[]
const anyTime = fc.integer({ min: Date.UTC(2020, 0, 1), max: Date.UTC(2040, 0, 1) })
/** When the owner was waited for: gaps and waits, in minutes. */
const pauses = fc.array(
  fc.record({ after: fc.integer({ min: 1, max: 900 }), wait: fc.integer({ min: 0, max: 5_000 }) }),
  {
    maxLength: 6,
  },
)

/** Reference: counts every minute outside of pauses. */
function worked(started: number, until: number, gaps: readonly { from: number; to: number }[]): number {
  let sum = 0
  for (let at = started; at < until; at += minuteMs) {
    if (!gaps.some(({ from, to }) => at >= from && at < to)) sum += minuteMs
  }
  return sum
}

describe('clocks of a ticket', () => {
  it('have the targets of the service levels', () => {
    expect(slaDueTimes('level1', 0, 0)).toEqual({ respondBy: 2 * hourMs, solveBy: 4 * hourMs })
    expect(slaDueTimes('level2', 0, 0)).toEqual({ respondBy: 4 * hourMs, solveBy: 24 * hourMs })
    expect(slaDueTimes('level3', 0, 0)).toEqual({ respondBy: 24 * hourMs, solveBy: 72 * hourMs })
  })

  it('do not count pauses', () => {
    fc.assert(
      fc.property(
        anyTime,
        fc.constantFrom(...levels),
        pauses,
        fc.integer({ min: 0, max: 9_000 }),
        (start, sla, given, rest) => {
          let at = start
          let waited = 0
          const gaps = given.map(({ after, wait }) => {
            const from = at + after * minuteMs
            at = from + wait * minuteMs
            waited += wait * minuteMs
            return { from, to: at }
          })
          const now = at + rest * minuteMs
          const { responseMs } = slaTargets[sla]
          const clock = {
            targetMs: responseMs,
            dueAt: slaDueTimes(sla, start, waited).respondBy,
            metAt: undefined,
            pausedSince: undefined,
          }
          const share = worked(start, now, gaps) / responseMs
          const expected = [share >= 0.8, share > 1, share > 1.5]
          expect(reachedEscalations(clock, now)).toEqual(
            escalationSteps.filter((_, index) => expected[index]),
          )
        },
      ),
      { numRuns: 60 },
    )
  })

  it('are not affected by summer time', () => {
    // Two in the morning of a Sunday on which Berlin has 23 hours, and of one that has 25.
    for (const day of [Date.UTC(2026, 2, 29), Date.UTC(2026, 9, 25)]) {
      const { respondBy } = slaDueTimes('level3', day - 6 * hourMs, 0)
      expect(respondBy).toBe(day + 18 * hourMs)
      const clock = { targetMs: 24 * hourMs, dueAt: respondBy, metAt: undefined, pausedSince: undefined }
      expect(slaStatusAt(clock, respondBy)).toBe('at_risk')
      expect(slaStatusAt(clock, respondBy + 1)).toBe('breached')
    }
  })

  it('pause while the ticket waits for its owner', () => {
    const clock = { targetMs: 10 * hourMs, dueAt: 10 * hourMs, metAt: undefined, pausedSince: 7 * hourMs }
    expect(slaStatusAt(clock, 1_000 * hourMs)).toBe('running')
    expect(slaStatusAt({ ...clock, pausedSince: undefined }, 1_000 * hourMs)).toBe('overdue')
  })

  it('end when they are met, in time or not', () => {
    const clock = { targetMs: hourMs, dueAt: hourMs, pausedSince: undefined }
    expect(slaStatusAt({ ...clock, metAt: hourMs }, 9 * hourMs)).toBe('met')
    expect(slaStatusAt({ ...clock, metAt: hourMs + 1 }, 9 * hourMs)).toBe('missed')
    expect(reachedEscalations({ ...clock, metAt: hourMs + 1 }, 9 * hourMs)).toEqual([])
  })
})
