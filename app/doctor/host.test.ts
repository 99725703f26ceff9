import { expect, test } from 'vitest'
import { checkClock, checkNode, checkOpenFiles, openFilesLimit } from './host.ts'

test.each([
  ['18.20.0', 'fail'],
  ['20.18.3', 'fail'],
  ['20.19.0', 'ok'],
  ['22.1.0', 'ok'],
])('Node.js %s: %s', (version, status) => {
  expect(checkNode(version).status).toBe(status)
})

test('the limit of open files must leave room for the connections and the rest', () => {
  expect(checkOpenFiles(1_024, 10_000)).toMatchObject({
    status: 'warn',
    remedy: expect.stringContaining('ulimit -n 10500'),
  })
  expect(checkOpenFiles(10_500, 10_000).status).toBe('ok')
  expect(checkOpenFiles(undefined, 10_000).status).toBe('ok')
  expect(openFilesLimit() ?? Number.POSITIVE_INFINITY).toBeGreaterThan(0)
})

test('a clock that was never set, or was set back, is reported', () => {
  const now = Date.UTC(2027, 0, 1)
  expect(checkClock(0, undefined).status).toBe('fail')
  expect(checkClock(now, now + 3_600_000).status).toBe('warn')
  expect(checkClock(now, now - 1).status).toBe('ok')
})
