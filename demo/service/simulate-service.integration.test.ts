import { beforeAll, describe, expect, it } from 'vitest'
import type { ServiceFigures } from './figures.ts'
import { createFleetRunFixture } from './testing/fleet-run-fixture.ts'
import { play } from './testing/play.ts'

describe('simulated service', () => {
  let figures: ServiceFigures
  beforeAll(async () => {
    figures = await play(7)
  }, 120_000)

  it('opens a ticket for each fault, and people complete most of them', () => {
    expect(figures.tickets).toBe(createFleetRunFixture(7, 20, 30).findings.length)
    const { resolved = 0, closed = 0 } = figures.service.workStates
    expect(resolved + closed).toBeGreaterThan(figures.tickets / 2)
    expect(figures.responseSlaCompliance).toBeGreaterThan(0.8)
  })

  it('notifies owners of progress, never twice, and not in their quiet hours', () => {
    expect(figures.service.deliveredToOwners).toBeGreaterThanOrEqual(figures.tickets)
    expect(figures.quietHoursViolations).toBe(0)
    expect(figures.duplicateNotices).toBe(0)
  })
})
