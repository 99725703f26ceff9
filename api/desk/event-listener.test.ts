import { expect, test, vi } from 'vitest'
import type { DeskEvent } from '../../desk/desk-events.ts'
import { EventListener } from './event-listener.ts'
import { byPlace } from './event-place.ts'

const event = (cursor: string) =>
  ({ cursor, type: 'survey_answered', ticket: null, at: 0, data: { score: 1 } }) as DeskEvent

test('one that reads too slowly is cut off, and keeps no more than it may', () => {
  const onSlow = vi.fn()
  const listener = new EventListener({ at: '1-1', maxWaiting: 2, onSlow })
  listener.live = true
  listener.tell([event('1-2'), event('2-3')])
  expect(onSlow).not.toHaveBeenCalled()
  listener.tell([event('3-4')])
  listener.tell([event('3-4'), event('3-5')])
  expect(onSlow).toHaveBeenCalledOnce()
  expect(listener.ended).toBe(true)
  expect(listener.take()).toHaveLength(2)
})

test('what it was told already is not told again', async () => {
  const listener = new EventListener({ at: '2-9', maxWaiting: 10, onSlow: () => {} })
  listener.tell([event('3-1')])
  listener.live = true
  listener.tell([event('2-9'), event('10-1'), event('10-2')])
  await listener.something(60_000)
  expect(listener.take().map(({ cursor }) => cursor)).toEqual(['10-1', '10-2'])
})

test('places are in the order of numbers, not of letters', () => {
  const places = ['10-1', '9-10', '9-9', `${2n ** 63n}-1`, '0-0']
  expect(places.toSorted(byPlace)).toEqual(['0-0', '9-9', '9-10', '10-1', `${2n ** 63n}-1`])
})
