import { describe, expect, it } from 'vitest'
import { findViolations, type InvariantViolations } from './compare.ts'
import type { FinalState, StoredFinding, StoredReading, StoredTicket } from './final-state.ts'

const reading = (ts: number): StoredReading => ({ device: 'phone-0', ts, values: { a: ts, b: 1 } })
const kept = [reading(1), reading(2)]
const wrong = [{ device: 'phone-0', reason: 'ts_future', payload: '{"ts":9}' }]
const finding: StoredFinding = {
  id: 'f-1',
  device: 'phone-0',
  component: 'battery',
  epoch: 0,
  rule: 'worn',
  state: 'raised',
  severity: 'minor',
  at: 2,
  evidence: { value: 79 },
}
const cleared = { ...finding, id: 'f-2', state: 'cleared', at: 3 }
const ticket: StoredTicket = {
  id: 't-1',
  device: 'phone-0',
  component: 'battery',
  epoch: 0,
  rule: 'worn',
  severity: 'minor',
  condition: 'active',
}
const step = { ticket: 't-1', step: 'f-1', what: 'finding_raised', at: 2 }
const opened = { type: 'ticket_opened', ticket: 't-1', command: '' }
const good: FinalState = {
  journal: kept,
  isTrimmed: false,
  stored: 2,
  duplicates: 3,
  series: kept,
  seriesValues: 4,
  findings: [finding],
  tickets: [ticket],
  steps: [step],
  deskEvents: [opened],
  notices: [{ id: 'n-1', finding: 'f-1', digest: null, state: 'read' }],
  quarantined: wrong,
  receivedNotices: [{ notice: 'n-1', finding: 'f-1', device: 'phone-0' }],
}

/** The broken promises, and how often, of a run that ended otherwise. */
function brokenBy(change: Partial<FinalState>): Partial<Record<keyof InvariantViolations, number>> {
  const breaches = findViolations({ readings: kept, invalid: wrong }, { ...good, ...change }, good)
  const counts = Object.entries(breaches).map(([promise, { length }]) => [promise, length] as const)
  return Object.fromEntries(counts.filter(([, count]) => count > 0))
}

describe('the comparison', () => {
  it('finds nothing where nothing is wrong', () => {
    expect(brokenBy({})).toEqual({})
  })

  it('finds an acknowledged reading that is not kept, or not as it was', () => {
    expect(brokenBy({ journal: [reading(1)], stored: 1 })).toEqual({ ackedLost: 1 })
    expect(brokenBy({ series: [reading(1)], seriesValues: 2 })).toEqual({ ackedLost: 1 })
    expect(brokenBy({ journal: [reading(1)], stored: 1, series: [reading(1)], seriesValues: 2 })).toEqual({
      ackedLost: 1,
    })
    const other = { ...reading(2), values: { a: 2, b: 2 } }
    expect(brokenBy({ series: [reading(1), other] })).toEqual({ ackedLost: 1 })
  })

  it('finds an acknowledged message that makes no sense and is not quarantined', () => {
    expect(brokenBy({ quarantined: [] })).toEqual({ ackedLost: 1 })
  })

  it('takes what is quarantined twice for what it is: sent again', () => {
    expect(brokenBy({ quarantined: [...wrong, ...wrong] })).toEqual({})
  })

  it('finds what is stored twice, wherever it shows', () => {
    expect(brokenBy({ journal: [...kept, reading(2)], stored: 3 })).toEqual({ storedTwice: 1 })
    expect(brokenBy({ stored: 3 })).toEqual({ storedTwice: 1 })
    expect(brokenBy({ series: [...kept, reading(1)] })).toEqual({ storedTwice: 1 })
    expect(brokenBy({ seriesValues: 5 })).toEqual({ storedTwice: 1 })
  })

  it('finds a finding that is lost, new, or says something else', () => {
    expect(brokenBy({ findings: [], notices: [], receivedNotices: [] })).toEqual({ findingsLost: 1 })
    const later = { ...finding, id: 'f-2', state: 'updated' }
    expect(brokenBy({ findings: [finding, later] })).toEqual({ findingsChanged: 1 })
    expect(brokenBy({ findings: [{ ...finding, evidence: { value: 78 } }] })).toEqual({ findingsChanged: 1 })
  })

  it('finds a ticket that is double, missing or different', () => {
    const changed = { ticketsChanged: 1 }
    expect(brokenBy({ tickets: [ticket, { ...ticket, id: 't-2' }] })).toEqual({
      duplicateTickets: 1,
      ...changed,
    })
    expect(brokenBy({ tickets: [] })).toEqual(changed)
    expect(brokenBy({ tickets: [{ ...ticket, condition: 'cleared' }] })).toEqual(changed)
  })

  it('finds a step of a history or a desk event that is missing, double or another one', () => {
    expect(brokenBy({ steps: [] })).toEqual({ historiesChanged: 1 })
    expect(brokenBy({ steps: [step, step] })).toEqual({ historiesChanged: 1 })
    expect(brokenBy({ steps: [{ ...step, at: 3 }] })).toEqual({ historiesChanged: 2 })
    expect(brokenBy({ deskEvents: [] })).toEqual({ deskEventsChanged: 1 })
    expect(brokenBy({ deskEvents: [opened, opened] })).toEqual({ deskEventsChanged: 1 })
  })

  it('counts by the series where the journal is trimmed', () => {
    const trimmed = { isTrimmed: true, journal: [reading(2)] }
    expect(brokenBy(trimmed)).toEqual({})
    expect(brokenBy({ ...trimmed, stored: 3 })).toEqual({ storedTwice: 1 })
    expect(brokenBy({ ...trimmed, series: [reading(2)], seriesValues: 2, stored: 1 })).toEqual({
      ackedLost: 1,
    })
    expect(brokenBy({ ...trimmed, journal: [{ ...reading(2), values: { a: 0 } }] })).toEqual({
      ackedLost: 1,
    })
  })

  it('finds two notices of one finding, in the ledger and on the phone', () => {
    const second = { id: 'n-2', finding: 'f-1', digest: null, state: 'read' }
    const heardSecond = { notice: 'n-2', finding: 'f-1', device: 'phone-0' }
    expect(
      brokenBy({
        notices: [...good.notices, second],
        receivedNotices: [...good.receivedNotices, heardSecond],
      }),
    ).toEqual({
      duplicateNotices: 2,
    })
    expect(brokenBy({ receivedNotices: [...good.receivedNotices, heardSecond] })).toEqual({
      duplicateNotices: 1,
    })
  })

  it('leaves the same notice that comes twice to the phone, which knows its id', () => {
    expect(brokenBy({ receivedNotices: [...good.receivedNotices, ...good.receivedNotices] })).toEqual({})
  })

  it('finds a notice that is owed and was not made, or did not arrive', () => {
    expect(brokenBy({ notices: [], receivedNotices: [] })).toEqual({ noticesLost: 1 })
    expect(brokenBy({ receivedNotices: [] })).toEqual({ noticesLost: 1 })
  })

  it('takes a notice as arrived when the digest that has it did', () => {
    const digested = { notices: [{ id: 'n-1', finding: 'f-1', digest: 'd-1', state: 'read' }] }
    const digest = { notice: 'd-1', finding: '', device: '' }
    expect(brokenBy({ ...digested, receivedNotices: [digest] })).toEqual({})
    expect(brokenBy({ ...digested, receivedNotices: [] })).toEqual({ noticesLost: 1 })
  })

  it('takes a withdrawn notice as lost unless its finding was cleared', () => {
    const withdrawn: Partial<FinalState> = {
      notices: [{ id: 'n-1', finding: 'f-1', digest: null, state: 'withdrawn' }],
      receivedNotices: [],
    }
    expect(brokenBy(withdrawn)).toEqual({ noticesLost: 1 })
    const both = { ...good, ...withdrawn, findings: [finding, cleared] }
    expect(findViolations({ readings: kept, invalid: wrong }, both, both).noticesLost).toEqual([])
  })

  it('asks for a notice of what is over too', () => {
    const both = { ...good, findings: [finding, cleared], notices: [], receivedNotices: [] }
    const { noticesLost } = findViolations({ readings: kept, invalid: wrong }, both, both)
    expect(noticesLost).toHaveLength(1)
  })
})
