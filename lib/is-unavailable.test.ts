import { expect, test } from 'vitest'
import { isUnavailable } from './is-unavailable.ts'

const coded = (code: string, message = 'it failed') => Object.assign(new Error(message), { code })

test.each([
  coded('ECONNREFUSED'),
  coded('57P03', 'the database system is starting up'),
  new Error('LOADING Redis is loading the dataset in memory'),
  new Error('Connection terminated unexpectedly'),
  // Of `pg`, after the connection broke between two statements.
  new Error('Client has encountered a connection error and is not queryable'),
  // Of `mqtt`, when the connection was closed before the broker answered.
  new Error("Couldn't connect to server"),
  new AggregateError([coded('ECONNREFUSED'), coded('EHOSTUNREACH')]),
  new Error('could not be migrated', { cause: coded('ECONNRESET') }),
  Object.assign(new Error('nothing said'), { isUnavailable: true }),
])('%s: not answering yet', (error) => {
  expect(isUnavailable(error)).toBe(true)
})

test.each([
  coded('28P01', 'password authentication failed for user "forewarn"'),
  coded('3D000', 'database "nowhere" does not exist'),
  coded('EADDRINUSE'),
  new Error('NOAUTH Authentication required.'),
  Object.assign(new Error('timeout of the token'), { isUnavailable: false }),
  'ECONNREFUSED',
])('%s: answered with an error', (error) => {
  expect(isUnavailable(error)).toBe(false)
})
