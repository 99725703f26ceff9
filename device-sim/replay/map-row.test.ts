import { describe, expect, it } from 'vitest'
import { mapSchema } from './map.ts'
import { type CsvRow, mapRow } from './map-row.ts'

const now = Date.UTC(2026, 10, 1)
const jan1 = Date.UTC(2026, 0, 1)

function read(row: CsvRow, parts: Record<string, unknown>) {
  const map = mapSchema.parse({
    kind: 'phone',
    unit: { fixed: 'a' },
    time: { column: 't' },
    metrics: { m: 'v' },
    ...parts,
  })
  return mapRow(row, map, now)
}

function reading(row: CsvRow, parts: Record<string, unknown>) {
  const [outcome] = read(row, parts)
  return outcome?.is === 'reading' ? outcome.reading : outcome
}

const at = (t: string, time: Record<string, unknown>) =>
  reading({ t, v: '1' }, { time: { column: 't', ...time } })
const value = (v: string, metric: Record<string, unknown>) =>
  reading({ t: '2026-01-01', v }, { metrics: { m: { column: 'v', ...metric } } })

describe('reading a row as its map says', () => {
  it('parses dates, times with and without a zone, epochs and elapsed time', () => {
    expect(at('2026-01-01', {})).toMatchObject({ ts: jan1 })
    expect(at('2026-01-01T06:00:00', {})).toMatchObject({ ts: jan1 + 6 * 3_600_000 })
    expect(at('2026-01-01 06:00:00', {})).toMatchObject({ ts: jan1 + 6 * 3_600_000 })
    expect(at('2026-01-01T06:00:00+02:00', {})).toMatchObject({ ts: jan1 + 4 * 3_600_000 })
    expect(at(String(jan1 / 1000), { format: 'epoch_s' })).toMatchObject({ ts: jan1 })
    expect(at(String(jan1), { format: 'epoch_ms' })).toMatchObject({ ts: jan1 })
    const elapsed = { format: 'elapsed', start: '2026-01-01T00:00:00Z', one: '12h' }
    expect(at('3', elapsed)).toMatchObject({ ts: jan1 + 36 * 3_600_000 })
  })

  it('converts, scales and relates to a design value', () => {
    expect(value('88', {})).toMatchObject({ values: { m: 88 } })
    expect(value('2', { unit: 'psi' })).toMatchObject({ values: { m: 13_789.514 } })
    expect(value('9.80665', { unit: 'm/s2' })).toMatchObject({ values: { m: 1 } })
    expect(value('1.76', { percent_of: 2.2 })).toMatchObject({ values: { m: 80 } })
    expect(value('50', { scale: 1.8, offset: 32 })).toMatchObject({ values: { m: 122 } })
  })

  it('names the device, its model and its owner, without characters that MQTT topics do not allow', () => {
    const places = { unit: { column: 'u', prefix: 'p-' }, model: { column: 'k' }, owner: { fixed: 'me' } }
    expect(reading({ t: '2026-01-01', v: '1', u: 'iPhone8+/01', k: '' }, places)).toMatchObject({
      device: 'p-iPhone8__01',
      model: undefined,
      owner: 'me',
    })
  })

  it('creates a device for each column of a unit', () => {
    const wide = { unit: { columns: { c1: 'one', c2: 'two' } }, metrics: { m: '*' } }
    expect(read({ t: '2026-01-01', c1: '5', c2: '' }, wide)).toMatchObject([
      { is: 'reading', reading: { device: 'one', values: { m: 5 } } },
      { is: 'unreadable', reason: 'no value for m' },
    ])
  })

  it('leaves out rows by a condition', () => {
    const skipped = (x: string, condition: Record<string, unknown>) =>
      read({ t: '2026-01-01', v: '1', x }, { skip: [{ column: 'x', ...condition }] })[0]?.is === 'skipped'
    expect(skipped('', { empty: true })).toBe(true)
    expect(skipped('0', { empty: true })).toBe(false)
    expect(skipped('1.0', { in: [1] })).toBe(true)
    expect(skipped('', { in: [0] })).toBe(false)
    expect(skipped('B5', { not_in: ['B5', 'B7'] })).toBe(false)
    expect(skipped('B6', { not_in: ['B5', 'B7'] })).toBe(true)
    expect(skipped('-1', { below: 0 })).toBe(true)
    expect(skipped('7', { above: 6 })).toBe(true)
    expect(skipped('6', { above: 6 })).toBe(false)
    expect(skipped('', { below: 0 })).toBe(false)
  })

  it('reads numbers and times as the map says they are written', () => {
    const european = { decimal: 'comma', time: { column: 't', format: 'd.M.yyyy' } }
    expect(reading({ t: '3.4.2026', v: '95,5' }, european)).toMatchObject({
      ts: Date.UTC(2026, 3, 3),
      values: { m: 95.5 },
    })
    expect(reading({ t: '2026-01-01', v: '0x50' }, {})).toMatchObject({ is: 'unreadable' })
    expect(at('0x10', { format: 'epoch_s' })).toMatchObject({ is: 'unreadable' })
    expect(
      reading({ t: '3.4.2026', v: '-7,5' }, { ...european, skip: [{ column: 'v', below: -7 }] }),
    ).toEqual({
      is: 'skipped',
    })
  })

  it('reports why a row cannot be read', () => {
    const reason = (row: CsvRow, parts = {}) => {
      const [outcome] = read(row, parts)
      return outcome?.is === 'unreadable' ? outcome.reason : undefined
    }
    expect(reason({ t: 'soon', v: '1' })).toMatch(/^column t: "soon" is not an ISO 8601 time/)
    expect(reason({ t: '', v: '1' })).toBe('column t: the time is empty')
    expect(reason({ t: '2027-01-01', v: '1' })).toBe('2027-01-01T00:00:00.000Z is in the future')
    expect(reason({ t: '2026-01-01', v: 'n/a' })).toBe('column v: "n/a" is not a number')
    expect(reason({ t: '2026-01-01', v: '' })).toBe('no value for m')
    expect(reason({ t: '2026-01-01', v: '1' }, { unit: { column: 'u' } })).toBe('it does not say whose it is')
  })
})
