import { expect, test, vi } from 'vitest'
import type { DeskEvent } from '../../desk/desk-events.ts'
import { compareCursors } from './event-cursor.ts'
import { EventSubscriber } from './event-subscriber.ts'

const event = (cursor: string) =>
  ({ cursor, type: 'survey_answered', ticket: null, at: 0, data: { score: 1 } }) as DeskEvent

test('one that reads too slowly is cut off, and keeps no more than it may', () => {
  const onSlow = vi.fn()
  const listener = new EventSubscriber({ cursor: '1-1', maxQueued: 2, onOverflow: onSlow })
  listener.caughtUp = true
  listener.push([event('1-2'), event('2-3')])
  expect(onSlow).not.toHaveBeenCalled()
  listener.push([event('3-4')])
  listener.push([event('3-4'), event('3-5')])
  expect(onSlow).toHaveBeenCalledOnce()
  expect(listener.ended).toBe(true)
  expect(listener.takeQueued()).toHaveLength(2)
})

test('a flood of events that it does not want fills no queue, and advances its cursor', () => {
  const onOverflow = vi.fn()
  const isWanted = ({ cursor }: DeskEvent) => cursor === '2-2'
  const listener = new EventSubscriber({ cursor: '1-1', maxQueued: 1, isWanted, onOverflow })
  listener.caughtUp = true
  listener.push([event('2-1'), event('2-2'), event('2-3')])
  expect(onOverflow).not.toHaveBeenCalled()
  expect(listener.cursor).toBe('2-3')
  expect(listener.takeQueued().map(({ cursor }) => cursor)).toEqual(['2-2'])
})

test('what it was told already is not told again', async () => {
  const listener = new EventSubscriber({ cursor: '2-9', maxQueued: 10, onOverflow: () => {} })
  listener.push([event('3-1')])
  listener.caughtUp = true
  listener.push([event('2-9'), event('10-1'), event('10-2')])
  await listener.waitForEvents(60_000)
  expect(listener.takeQueued().map(({ cursor }) => cursor)).toEqual(['10-1', '10-2'])
})

test('places are in the order of numbers, not of letters', () => {
  const places = ['10-1', '9-10', '9-9', `${2n ** 63n}-1`, '0-0']
  expect(places.toSorted(compareCursors)).toEqual(['0-0', '9-9', '9-10', '10-1', `${2n ** 63n}-1`])
})
