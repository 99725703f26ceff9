import fc from 'fast-check'
import { expect, it } from 'vitest'
import { summarizeTicket, type TicketFinding } from './summarize-ticket.ts'

function finding(day: number, change: Partial<TicketFinding> = {}): TicketFinding {
  const at = new Date(Date.UTC(2026, 0, day))
  const evidence = { detector: 'threshold', value: day, points: [] }
  return { rule: 'worn', state: 'raised', severity: 'minor', at, evidence, ...change }
}

it('has the severity and evidence of the most severe active rule', () => {
  const slow = finding(2, { rule: 'slow', severity: 'major' })
  expect(summarizeTicket([finding(3), slow])).toEqual({
    condition: 'active',
    severity: 'major',
    evidence: slow.evidence,
  })
  const slowCleared = finding(4, { rule: 'slow', severity: 'major', state: 'cleared' })
  expect(summarizeTicket([finding(3), slow, slowCleared])).toMatchObject({
    condition: 'active',
    severity: 'minor',
  })
})

it('follows the latest finding of a rule', () => {
  const worse = finding(5, { state: 'updated', severity: 'critical' })
  const cleared = finding(7, { state: 'cleared' })
  expect(summarizeTicket([finding(1), worse])).toMatchObject({ condition: 'active', severity: 'critical' })
  expect(summarizeTicket([finding(1), worse, cleared])).toMatchObject({
    condition: 'cleared',
    severity: 'minor',
  })
  expect(summarizeTicket([finding(1), cleared, finding(9)])).toMatchObject({ condition: 'active' })
})

it('is cleared when a finding was raised and cleared at the same time', () => {
  expect(summarizeTicket([finding(1, { state: 'cleared' }), finding(1)])).toMatchObject({
    condition: 'cleared',
  })
})

it('does not depend on order and repetition of the findings', () => {
  const findings = fc.array(
    fc.record({
      day: fc.integer({ min: 1, max: 9 }),
      rule: fc.constantFrom('worn', 'slow'),
      state: fc.constantFrom('raised' as const, 'updated' as const, 'cleared' as const),
      severity: fc.constantFrom('critical' as const, 'major' as const, 'minor' as const),
    }),
    { minLength: 1, maxLength: 8 },
  )
  fc.assert(
    fc.property(findings, fc.infiniteStream(fc.nat()), (drawn, order) => {
      const given = drawn.map(({ day, ...change }, n) =>
        finding(day, { ...change, at: new Date(Date.UTC(2026, 0, day) + n) }),
      )
      const keys = given.map((one) => ({ one, key: order.next().value ?? 0 }))
      const shuffled = keys.toSorted((a, b) => a.key - b.key).map(({ one }) => one)
      const fold = ([first, ...others]: TicketFinding[]) => first && summarizeTicket([first, ...others])
      expect(fold([...shuffled, ...given])).toEqual(fold(given))
    }),
  )
})
