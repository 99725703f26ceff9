import { once } from 'node:events'
import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openTestApi, type TestApi } from './testing/test-api.ts'

let api: TestApi
let port: number
beforeAll(async () => {
  api = await openTestApi()
  port = Number(new URL(await api.app.listen({ host: '127.0.0.1', port: 0 })).port)
})
afterAll(() => api.close())

/** Return the response to these bytes, up to the end of the connection. */
async function answerTo(bytes: string): Promise<string> {
  const socket = connect(port, '127.0.0.1')
  await once(socket, 'connect')
  socket.write(bytes)
  return text(socket)
}

const start = 'GET /healthz HTTP/1.1\r\nHost: x\r\n'

test.each([
  ['no HTTP', 'hello\r\n\r\n', 400, 'invalid_request'],
  ['an unknown method', 'FETCH / HTTP/1.1\r\nHost: x\r\n\r\n', 400, 'invalid_request'],
  ['two lengths', `${start}Content-Length: 1\r\nContent-Length: 2\r\n\r\n`, 400, 'invalid_request'],
  ['endless headers', `${start}X: ${'x'.repeat(20_000)}\r\n\r\n`, 431, 'headers_too_large'],
  ['a strange expectation', `${start}Expect: wonders\r\n\r\n`, 400, 'invalid_request'],
])('%s is answered as a problem, and ends the connection', async (_what, bytes, status, code) => {
  const [head = '', body = ''] = (await answerTo(bytes)).split('\r\n\r\n')
  expect(head).toContain(`HTTP/1.1 ${status} `)
  expect(head.toLowerCase()).toContain('content-type: application/problem+json')
  expect(body).toContain(`"code":"${code}"`)
})

test('all readings can be read by some at once, and not by everybody', async () => {
  const url = `http://127.0.0.1:${port}/api/readings?from=0&to=1`
  const readers = await Promise.all(Array.from({ length: 20 }, () => fetch(url)))
  for (const { status } of readers) expect([200, 429]).toContain(status)
  await Promise.all(readers.map((each) => each.text()))
  const later = await fetch(url)
  expect([later.status, await later.text()]).toEqual([200, ''])
})

test('a connection that asks nothing does not hold up the end', { timeout: 30_000 }, async () => {
  const own = await openTestApi()
  const address = new URL(await own.app.listen({ host: '127.0.0.1', port: 0 }))
  const socket = connect(Number(address.port), '127.0.0.1')
  await once(socket, 'connect')
  await own.close()
  socket.destroy()
})
