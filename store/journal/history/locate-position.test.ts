import { describe, expect, it } from 'vitest'
import { addOpening, formatHistory, type JournalHistory, parseHistory } from './journal-history.ts'
import { locatePosition, type StreamPlace } from './locate-position.ts'

/** Openings of the journal `j`, by their heads of the telemetry stream: `a` at 0, `b` at 100. */
function history(openings: Record<string, number>, journal = 'j'): JournalHistory {
  const list = Object.entries(openings).map(([id, telemetry]) => ({ id, heads: { telemetry, findings: 0 } }))
  return { journal, openings: list }
}

function place(openings: Record<string, number>, { tail = 0, head = 1_000 } = {}): StreamPlace {
  return { stream: 'telemetry', tail, head, history: history(openings) }
}

const at = (cursor: number, openings: Record<string, number>, journal?: string) => ({
  cursor,
  history: formatHistory(history(openings, journal)),
})

describe('a position', () => {
  it('of the same opening, or of an earlier one, is where its store continues', () => {
    expect(locatePosition(at(70, { a: 0 }), place({ a: 0 }))).toEqual({ start: 70, gaps: [] })
    expect(locatePosition(at(70, { a: 0 }), place({ a: 0, b: 100, c: 200 }))).toEqual({ start: 70, gaps: [] })
    expect(locatePosition(at(100, { a: 0 }), place({ a: 0, b: 100 }))).toEqual({ start: 100, gaps: [] })
  })

  it('behind the oldest entry is a gap of what was trimmed', () => {
    const located = locatePosition(at(70, { a: 0 }), place({ a: 0, b: 100 }, { tail: 90 }))
    expect(located).toEqual({ start: 90, gaps: [{ kind: 'trimmed', from: 70, to: 89 }] })
  })

  it('of entries that the journal has lost is set back to where the two part', () => {
    const gap = { kind: 'journal_set_back', from: 250, to: 449 }
    const openings = { a: 0, b: 100, c: 200, d: 300 }
    expect(locatePosition(at(450, openings), place({ a: 0, b: 100, c: 200, e: 250 }, { head: 250 }))).toEqual(
      {
        start: 250,
        gaps: [gap],
      },
    )
    // New entries have the old offsets: the head says nothing.
    expect(locatePosition(at(450, openings), place({ a: 0, b: 100, c: 200, e: 250 }))).toEqual({
      start: 250,
      gaps: [gap],
    })
  })

  it('is set back to where its own opening ended, when that was earlier', () => {
    // The journal of the store went on as d at 220; the one that came back went on as e at 250.
    const located = locatePosition(at(450, { c: 200, d: 220 }), place({ c: 200, e: 250 }))
    expect(located).toEqual({ start: 220, gaps: [{ kind: 'journal_set_back', from: 220, to: 449 }] })
  })

  it('set back within the opening that wrote it counts, too', () => {
    const located = locatePosition(at(150, { a: 0, b: 100 }), place({ a: 0, b: 100, c: 120 }))
    expect(located).toEqual({ start: 120, gaps: [{ kind: 'journal_set_back', from: 120, to: 149 }] })
  })

  it('can be set back and behind the tail at once', () => {
    const located = locatePosition(at(150, { a: 0 }), place({ a: 0, c: 120 }, { tail: 130 }))
    expect(located.start).toBe(130)
    expect(located.gaps.map(({ kind }) => kind)).toEqual(['journal_set_back', 'trimmed'])
  })

  it('of another journal is not used', () => {
    const located = locatePosition(at(70, { a: 0 }, 'other'), place({ a: 0 }, { tail: 5 }))
    expect(located).toEqual({ start: 5, gaps: [{ kind: 'journal_replaced', from: 70 }] })
    expect(locatePosition(at(0, { a: 0 }, 'other'), place({ a: 0 })).gaps).toEqual([])
  })

  it('without a history is used while it is within the journal', () => {
    expect(locatePosition({ cursor: 70, history: '' }, place({ a: 0 }))).toEqual({ start: 70, gaps: [] })
    expect(locatePosition({ cursor: 2_000, history: '' }, place({ a: 0 })).gaps).toEqual([
      { kind: 'journal_replaced', from: 2_000 },
    ])
  })

  it('from before all openings that are kept is used up to the first of them', () => {
    expect(locatePosition(at(70, { a: 0 }), place({ y: 100, z: 200 }))).toEqual({ start: 70, gaps: [] })
    expect(locatePosition(at(450, { x: 300 }), place({ y: 100, z: 200 })).start).toBe(100)
  })
})

describe('a history', () => {
  it('is the same after it was written and read', () => {
    const written = history({ a: 0, b: 17 })
    expect(parseHistory(formatHistory(written))).toEqual(written)
    expect(parseHistory('')).toBeUndefined()
    expect(parseHistory(formatHistory(history({})))).toEqual(history({}))
  })

  it('keeps the latest openings, without those that wrote nothing', () => {
    let grown = history({})
    for (let n = 0; n < 100; n++)
      grown = addOpening(grown, { id: `${n}`, heads: { telemetry: n >> 1, findings: 0 } })
    expect(grown.openings).toHaveLength(32)
    expect(grown.openings.map(({ id }) => Number(id) % 2)).toEqual(Array.from({ length: 32 }, () => 1))
  })
})
