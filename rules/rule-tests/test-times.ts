import { parseDuration } from '../../lib/duration.ts'

/** Time window as offsets from a test's start, ms, both inclusive. */
export interface TestWindow {
  fromMs: number
  toMs: number
}

export interface TestEvent {
  event: 'part_replaced'
  atMs: number
}

export const testWindowHelp = 'it must be a latest time such as 45d, or a window such as 20d..28d'

/** Parse `45d` (no later than) or `20d..28d` (within); undefined when it is neither. */
export function parseTestWindow(text: string): TestWindow | undefined {
  const [from = '', to = '', ...more] = text.includes('..') ? text.split('..') : ['0s', text]
  const fromMs = parseDuration(from)
  const toMs = parseDuration(to)
  if (fromMs === undefined || toMs === undefined || more.length > 0 || toMs < fromMs) return undefined
  return { fromMs, toMs }
}

export const testEventHelp = 'it must be an event such as "part_replaced at 30d"'

/** Parse `part_replaced at 30d`; undefined when it is not an event. */
export function parseTestEvent(text: string): TestEvent | undefined {
  const [, at = ''] = /^part_replaced at (\S+)$/.exec(text) ?? []
  const atMs = parseDuration(at)
  return atMs === undefined ? undefined : { event: 'part_replaced', atMs }
}
