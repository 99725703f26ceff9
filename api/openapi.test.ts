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
      '/api/dead-letters',
      '/api/dead-letters/{id}',
      '/api/dead-letters/{id}/retry',
      '/api/devices',
      '/api/devices/{id}',
      '/api/devices/{id}/series',
      '/api/history',
      '/api/incidents',
      '/api/incidents/{id}/findings',
      '/api/quarantine',
      '/api/readings',
      '/api/reports/monthly',
      '/api/rules',
      '/api/rules/reload',
      '/api/rules/trials',
      '/api/rules/{name}/comparison',
      '/api/rules/{name}/history',
      '/api/rules/{name}/promote',
      '/api/rules/{name}/rollback',
      '/api/rules/{name}/withdraw',
      '/api/tickets',
      '/api/tickets/{id}',
      '/api/tickets/{id}/verdict',
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

  test('is shown at /docs, where / leads to', async () => {
    expect((await api.app.inject('/')).headers.location).toBe('/docs')
    const page = await api.app.inject('/docs')
    expect(page.body).toContain('swagger-ui')
    expect(page.headers['content-security-policy']).toContain("default-src 'self'")
  })
})
