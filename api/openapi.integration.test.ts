import { Validator } from '@seriousme/openapi-schema-validator'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openTestApi, type TestApi } from './testing/test-api.ts'

let api: TestApi
beforeAll(async () => {
  api = await openTestApi()
})
afterAll(() => api.close())

describe('the OpenAPI document', () => {
  interface Operation {
    summary?: string
    tags?: string[]
    parameters?: { name: string; in: string }[]
    responses?: Record<string, { content?: object; description?: string }>
  }
  let document: { paths: Record<string, Record<string, Operation>> }
  beforeAll(async () => {
    document = (await api.app.inject('/openapi.json')).json()
  })

  test('is valid', async () => {
    const result = await new Validator().validate(structuredClone({ ...document }))
    expect(result).toMatchObject({ valid: true })
  })

  test('describes every route', () => {
    expect(Object.keys(document.paths).sort()).toEqual([
      '/api/backups',
      '/api/backups/latest',
      '/api/dead-letters',
      '/api/dead-letters/{id}',
      '/api/dead-letters/{id}/retry',
      '/api/demand',
      '/api/depots',
      '/api/depots/{id}',
      '/api/depots/{id}/stock/{part}',
      '/api/depots/{id}/stock/{part}/restock',
      '/api/depots/{id}/stock/{part}/transfer',
      '/api/devices',
      '/api/devices/{id}',
      '/api/devices/{id}/commands',
      '/api/devices/{id}/findings',
      '/api/devices/{id}/series',
      '/api/events',
      '/api/export/devices',
      '/api/export/owners',
      '/api/export/stock',
      '/api/export/technicians',
      '/api/export/tickets',
      '/api/findings',
      '/api/findings/{id}',
      '/api/history',
      '/api/import/devices',
      '/api/import/owners',
      '/api/import/stock',
      '/api/import/technicians',
      '/api/incidents',
      '/api/incidents/{id}/findings',
      '/api/kinds',
      '/api/lifetimes',
      '/api/offers/{id}/answer',
      '/api/owners',
      '/api/owners/{id}',
      '/api/quarantine',
      '/api/quarantine/counts',
      '/api/quarantine/retry',
      '/api/quarantine/{id}',
      '/api/readings',
      '/api/replenishments',
      '/api/reports/monthly',
      '/api/rules',
      '/api/rules/diff',
      '/api/rules/flags',
      '/api/rules/reload',
      '/api/rules/trials',
      '/api/rules/{name}/comparison',
      '/api/rules/{name}/flags/{version}/done',
      '/api/rules/{name}/history',
      '/api/rules/{name}/promote',
      '/api/rules/{name}/rollback',
      '/api/rules/{name}/withdraw',
      '/api/stock',
      '/api/summary',
      '/api/technicians',
      '/api/technicians/{id}',
      '/api/technicians/{id}/activate',
      '/api/technicians/{id}/deactivate',
      '/api/tickets',
      '/api/tickets/{id}',
      '/api/tickets/{id}/commands',
      '/api/tickets/{id}/offers',
      '/api/tickets/{id}/proposals',
      '/api/tickets/{id}/slots',
      '/api/tickets/{id}/verdict',
      '/api/users/{user}/contacts',
      '/api/users/{user}/contacts/{id}',
      '/api/users/{user}/notices',
      '/api/users/{user}/notices/{notice}/answers',
      '/healthz',
      '/metrics',
      '/readyz',
    ])
  })

  test('says of each what it is for, what it answers and what may go wrong', () => {
    for (const operation of Object.values(document.paths).flatMap((path) => Object.values(path))) {
      expect(operation.summary).toBeTruthy()
      expect(operation.tags).toHaveLength(1)
      expect(Object.keys(operation.responses ?? {})).toEqual(
        expect.arrayContaining(['200', '400', '500', '503']),
      )
      for (const response of Object.values(operation.responses ?? {})) expect(response.content).toBeDefined()
    }
  })

  test('every command takes an Idempotency-Key, and what is put as a whole an If-Match', () => {
    const headers = (operation: Operation) =>
      (operation.parameters ?? []).filter((each) => each.in === 'header').map(({ name }) => name)
    for (const [path, operations] of Object.entries(document.paths)) {
      if (operations.post) expect(headers(operations.post)).toContain('idempotency-key')
      // A device has no version: it changes with each announcement.
      const header = path === '/api/devices/{id}' ? 'idempotency-key' : 'if-match'
      if (operations.patch) expect(headers(operations.patch)).toContain(header)
    }
  })

  test('is shown at /docs, where / leads to', async () => {
    expect((await api.app.inject('/')).headers.location).toBe('/docs')
    const page = await api.app.inject('/docs')
    expect(page.body).toContain('swagger-ui')
    expect(page.headers['content-security-policy']).toContain("default-src 'self'")
  })
})
