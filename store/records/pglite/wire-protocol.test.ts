import { describe, expect, it } from 'vitest'
import {
  createRequestParser,
  fatalErrorMessage,
  parseResponse,
  queryMessage,
  startupMessage,
} from './wire-protocol.ts'

function message(type: string, body: string): Buffer {
  const length = Buffer.alloc(4)
  length.writeInt32BE(body.length + 4)
  return Buffer.concat([Buffer.from(type), length, Buffer.from(body)])
}

const notification = (channel: string) => message('A', `\0\0\0\x01${channel}\0payload\0`)

describe('requestReader', () => {
  it('finds requests however the bytes are cut', () => {
    const simple = Buffer.from(queryMessage('select 1'))
    const extended = Buffer.concat([
      message('P', '\0select $1\0\0\0'),
      message('B', '\0\0'),
      message('S', ''),
    ])
    const all = Buffer.concat([startupMessage(), simple, extended, message('X', '')])
    for (const size of [1, 3, 7, all.length]) {
      const read = createRequestParser()
      const requests = []
      for (let at = 0; at < all.length; at += size) requests.push(...read(all.subarray(at, at + size)))
      expect(requests.map((request) => request.type)).toEqual(['startup', 'query', 'query', 'terminate'])
      const bytes = requests.flatMap((request) =>
        request.type === 'query' ? [Buffer.from(request.bytes)] : [],
      )
      expect(bytes).toEqual([simple, extended])
    }
  })

  it.each([
    ['LISTEN jobs', 'jobs'],
    ['  listen Jobs;', 'jobs'],
    ['-- why\n-- and how\nLISTEN bullmq_jobs;', 'bullmq_jobs'],
    ['LISTEN "Mixed Case"', 'Mixed Case'],
    [`select 'listen jobs'`, undefined],
    ['UNLISTEN jobs', undefined],
  ])('sees that %j listens to %s', (sql, channel) => {
    const [, request] = createRequestParser()(Buffer.concat([startupMessage(), queryMessage(sql)]))
    expect(request).toMatchObject({ type: 'query', listensTo: channel })
    const parsed = Buffer.concat([startupMessage(), message('P', `\0${sql}\0\0\0`), message('S', '')])
    expect(createRequestParser()(parsed)[1]).toMatchObject({ type: 'query', listensTo: channel })
  })
})

describe('readResponse', () => {
  it('tells the transaction status and parts the notifications from the reply', () => {
    const done = message('C', 'COMMIT\0')
    const ready = message('Z', 'T')
    const response = parseResponse(Buffer.concat([done, notification('jobs'), notification('events'), ready]))
    expect(response.status).toBe('T')
    expect(Buffer.from(response.reply)).toEqual(Buffer.concat([done, ready]))
    expect(response.notifications.map(({ channel }) => channel)).toEqual(['jobs', 'events'])
    expect(response.notifications[0]?.bytes).toEqual(notification('jobs'))
  })
})

it('writes an error that ends a session', () => {
  expect(Buffer.from(fatalErrorMessage('25P03', 'too idle')).toString('latin1')).toContain(
    'C25P03\0Mtoo idle\0',
  )
})
