import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { countRecords } from '../health/record-counts.ts'
import { withTimeout } from '../lib/with-timeout.ts'
import { findExecutable } from '../test/support/executables.ts'
import { startPostgres } from '../test/support/postgres.ts'
import { openTestApi, type TestApi } from './testing/test-api.ts'

const postgresPath = findExecutable('postgres') ?? ''

let api: TestApi
beforeAll(async () => {
  api = await openTestApi()
})
afterAll(() => api.close())

describe('problems', () => {
  const problem = async (url: string) => {
    const response = await api.app.inject(url)
    expect(response.headers['content-type']).toContain('application/problem+json')
    return response.json()
  }

  test('an address without anything', async () => {
    expect(await problem('/nowhere?x=1')).toEqual({
      type: 'urn:forewarn:problem:no_such_route',
      title: 'Route not found',
      status: 404,
      detail: 'There is no GET /nowhere.',
      code: 'no_such_route',
    })
  })

  test('an address that cannot be decoded', async () => {
    expect(await problem('/api/devices/%ZZ')).toMatchObject({ status: 400, code: 'invalid_request' })
  })

  test.each([
    [413, 'payload_too_large', JSON.stringify('x'.repeat(20_000))],
    [400, 'invalid_request', '{'],
  ])('an unexpected body: %s', async (status, code, payload) => {
    const headers = { 'content-type': 'application/json' }
    const response = await api.app.inject({ method: 'POST', url: '/api/tickets', headers, payload })
    expect(response.json()).toMatchObject({ status, code })
  })

  const cursorOf = (...keys: string[]) => Buffer.from(JSON.stringify(keys)).toString('base64url')

  test.each([
    '/api/tickets?device=%00',
    '/api/incidents/%00/findings',
    '/api/readings?from=0&to=1&device=a&device=%00',
    `/api/devices?cursor=${cursorOf('\0')}`,
    `/api/tickets?cursor=${cursorOf('2026-01-01T00:00:00Z', '\0')}`,
    `/api/tickets?cursor=${cursorOf('9999-12-31T23:59:60Z', 'x')}`,
  ])('what no database can look for: %s', async (url) => {
    expect(await problem(url)).toMatchObject({ status: 400, code: 'invalid_request' })
  })

  test('an internal error is reported with its request, without details in the response', async () => {
    const whole = { ...api.status }
    Object.assign(api.status, { consumers: undefined })
    expect(await problem('/metrics')).toMatchObject({ status: 500, code: 'internal' })
    expect(api.reportedErrors).toMatchObject([{ name: 'TypeError' }])
    const request = { method: 'GET', route: '/metrics', status: 500 }
    expect(api.reportedFields).toEqual([{ ...request, requestId: expect.stringMatching(/./) }])
    Object.assign(api.status, whole)
  })

  test('no route answers another origin', async () => {
    const response = await api.app.inject({ url: '/healthz', headers: { origin: 'https://example.org' } })
    expect(response.headers['access-control-allow-origin']).toBeUndefined()
    expect(response.headers['x-content-type-options']).toBe('nosniff')
  })
})

describe.skipIf(postgresPath === '')('when the records database is gone', () => {
  let onPostgres: TestApi
  beforeAll(async () => {
    const server = await startPostgres(postgresPath)
    onPostgres = await openTestApi(server.url)
    expect((await onPostgres.app.inject('/readyz')).statusCode).toBe(200)
    await server.stop()
  })
  afterAll(() => onPostgres.close())

  test('a route that needs it says that it is unavailable, and nothing of the inside', async () => {
    const response = await onPostgres.app.inject('/api/tickets')
    expect(response.json()).toMatchObject({ status: 503, code: 'unavailable' })
    expect(response.body).not.toMatch(/ECONNREFUSED|Connection terminated/)
    expect(onPostgres.reportedErrors).not.toEqual([])
  })

  test('/readyz says so, /healthz and /metrics go on', async () => {
    onPostgres.status.records = await withTimeout(() => countRecords(onPostgres.records.db))
    const ready = await onPostgres.app.inject('/readyz')
    expect(ready.statusCode).toBe(200)
    expect(ready.json().checks).toContainEqual(
      expect.objectContaining({
        name: 'records',
        ok: false,
        detail: expect.stringContaining('not reachable'),
      }),
    )
    expect((await onPostgres.app.inject('/healthz')).statusCode).toBe(200)
    const metrics = await onPostgres.app.inject('/metrics')
    expect(metrics.statusCode).toBe(200)
    expect(metrics.body).toContain('forewarn_records_up 0')
  })
})
