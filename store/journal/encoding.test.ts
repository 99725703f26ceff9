import { Packr } from 'msgpackr'
import { expect, it } from 'vitest'
import {
  decode,
  decodeBatch,
  EncodedState,
  encode,
  encodeState,
  entryCount,
  gatherRecords,
} from './encoding.ts'

const state = {
  device: { id: 'phone-1' },
  points: [1_780_273_132_102, 98.05, 1_780_359_532_102, 97.85],
  at: null,
}

it.each([
  ['plain MessagePack', new Packr({ useRecords: false, mapsAsObjects: true })],
  ['MessagePack with records', new Packr({ useRecords: true, mapsAsObjects: true })],
])('reads a state that an earlier version stored as %s', (_, packr) => {
  expect(decode(packr.pack(state))).toEqual(state)
})

it('stores a state as another thread has encoded it', () => {
  const bytes = encodeState(state)
  expect(encodeState(new EncodedState(bytes))).toBe(bytes)
  expect(decode(bytes)).toEqual(state)
})

it.each([0, 1, 15, 16, 65_535, 65_536])(
  'knows that a record has %i entries without reading them',
  (count) => {
    expect(entryCount(encode(Array.from({ length: count }, (_, n) => ({ n }))))).toBe(count)
  },
)

it('rejects a record that is no array', () => {
  expect(() => entryCount(encode('entries'))).toThrow('not with an array')
})

it('gathers whole records from the one that holds the first entry', () => {
  const records = [0, 10, 20].map((offset) => ({
    offset,
    data: encode(Array.from({ length: 10 }, (_, n) => offset + n)),
  }))
  const read = (from: number, max: number) => decodeBatch<number>(gatherRecords(records, from, max))
  expect(read(13, 5)).toEqual({ from: 13, next: 20, entries: [13, 14, 15, 16, 17, 18, 19] })
  expect(read(19, 2)).toMatchObject({ from: 19, next: 30 })
  expect(read(30, 5)).toEqual({ from: 30, next: 30, entries: [] })
  expect(decodeBatch(gatherRecords(records.slice(1), 5, 1))).toMatchObject({ from: 10, next: 20 })
})
