import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { checkReadiness } from '../readiness.ts'
import { device, incident, ticket } from '../testing/samples.ts'
import { openTestApi, soundStatus, type TestApi } from '../testing/test-api.ts'

let api: TestApi
beforeAll(async () => {
  api = await openTestApi()
  await api.records.db
    .insertInto('devices')
    .values(device('d-1', { owner_id: null }))
    .execute()
  await api.records.db.insertInto('tickets').values(ticket('t-1')).execute()
  await api.records.db.insertInto('incidents').values(incident('i-1')).execute()
})
afterAll(() => api.close())

test('/healthz says who it is', async () => {
  const response = await api.app.inject('/healthz')
  expect(response.json()).toEqual({ program: 'forewarn', version: '0.0.0', alive: true })
})

describe('/readyz', () => {
  const ready = async (change: object) => {
    Object.assign(api.status, soundStatus(), change)
    const response = await api.app.inject('/readyz')
    const { checks } = response.json<{ checks: { name: string; ok: boolean; detail: string }[] }>()
    return { status: response.statusCode, wrong: checks.filter(({ ok }) => !ok) }
  }

  test('is 200 when every part does its work', async () => {
    expect(await ready({})).toEqual({ status: 200, wrong: [] })
  })

  test.each([
    [{ journal: undefined }, 'journal', 'not open'],
    [{ journal: { ...soundStatus().journal, full: true } }, 'journal', 'full'],
    [{ gateway: { url: 'mqtt://broker:1883', connected: false } }, 'gateway', 'mqtt://broker:1883'],
    [
      { consumers: [{ name: 'rules', stream: 'telemetry', lag: 9, lastError: 'disk full' }] },
      'consumer rules',
      'disk full',
    ],
  ])('is 503 and says in words what is wrong', async (change, name, words) => {
    const { status, wrong } = await ready(change)
    expect(status).toBe(503)
    expect(wrong).toMatchObject([{ name, detail: expect.stringContaining(words) }])
  })
})

test('/readyz tells when the program cannot even say how it is doing', async () => {
  const status = () => Promise.reject(new Error('connect ECONNREFUSED 127.0.0.1:6379'))
  expect(await checkReadiness({ status, records: api.records.db })).toEqual([
    { name: 'status', ok: false, detail: 'not reachable: connect ECONNREFUSED 127.0.0.1:6379' },
    { name: 'records', ok: true, detail: 'fine' },
  ])
})

test('/metrics counts readings, lag, records and requests, and describes the process', async () => {
  Object.assign(api.status, soundStatus())
  const scrape = async () => (await api.app.inject('/metrics')).body.split('\n')
  await scrape()
  const lines = await scrape()
  for (const line of [
    'forewarn_readings_received_total 7',
    'forewarn_readings_stored_total 4',
    'forewarn_readings_duplicate_total 1',
    'forewarn_readings_quarantined_total{reason="not_json"} 2',
    'forewarn_journal_bytes 1000',
    'forewarn_consumer_lag_entries{consumer="rules"} 3',
    'forewarn_queue_jobs{queue="findings",state="delayed"} 2',
    'forewarn_gateway_connections 5',
    'forewarn_series_values 42',
    'forewarn_records_up 1',
    'forewarn_devices{kind="robot_vacuum"} 1',
    'forewarn_incidents_open 1',
    'forewarn_findings_folded_total 1960',
    'forewarn_tickets{work_state="open"} 1',
    'forewarn_http_request_duration_seconds_count{method="GET",route="/metrics",status="200"} 1',
  ]) {
    expect(lines).toContain(line)
  }
  expect(lines.some((line) => line.startsWith('process_resident_memory_bytes '))).toBe(true)
  expect(lines.some((line) => line.startsWith('nodejs_eventloop_lag_p99_seconds '))).toBe(true)
})
