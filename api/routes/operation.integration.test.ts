import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { HealthCheck } from '../../health/readiness.ts'
import { healthyStatus, openTestApi, type TestApi } from '../testing/test-api.ts'

let api: TestApi
beforeAll(async () => {
  api = await openTestApi()
})
afterAll(() => api.close())

test('/healthz says who it is', async () => {
  const response = await api.app.inject('/healthz')
  expect(response.json()).toEqual({ program: 'forewarn', version: '0.0.0', alive: true })
})

describe('/readyz', () => {
  const ready = async (change: object) => {
    Object.assign(api.status, healthyStatus(), change)
    const response = await api.app.inject('/readyz')
    const { ready: isReady, checks } = response.json<{ ready: boolean; checks: HealthCheck[] }>()
    expect(isReady).toBe(response.statusCode === 200)
    return { status: response.statusCode, wrong: checks.filter(({ ok }) => !ok) }
  }
  const full = { value: { ...healthyStatus().journal.value, full: true } }

  test('is 200 when every part does its work', async () => {
    expect(await ready({})).toEqual({ status: 200, wrong: [] })
  })

  test.each([
    [{ journal: { error: 'no answer within 1.5 s' } }, 'journal', 'no answer'],
    [{ journal: full }, 'journal', 'full with 1,000 of 2,000 bytes'],
    [
      { backpressure: { by: 'journal_failing', error: 'no space left on device' } },
      'journal',
      'no space left',
    ],
    [{ gateway: { url: 'mqtt://broker:1883', connected: false } }, 'gateway', 'mqtt://broker:1883'],
  ])('is 503 while nothing is accepted, and says in words why', async (change, name, words) => {
    const { status, wrong } = await ready(change)
    expect(status).toBe(503)
    expect(wrong).toMatchObject([{ name, state: 'down', detail: expect.stringContaining(words) }])
  })

  test.each([
    [
      { consumers: [{ name: 'rules', stream: 'telemetry', lag: 9, deadLetters: 0, lastError: 'bad' }] },
      'consumer rules',
      'bad',
    ],
    [{ seriesValues: { error: 'not reachable' } }, 'series', 'not reachable'],
    [{ records: { error: 'no answer within 1.5 s' } }, 'records', 'no answer'],
    [{ queues: { error: 'connect ECONNREFUSED' } }, 'queues', 'ECONNREFUSED'],
    [{ journal: { value: { ...full.value, full: false, backlogBytes: 1_700 } } }, 'journal', 'nearly full'],
  ])('is 200 while readings are accepted, and says in words what waits', async (change, name, words) => {
    const { status, wrong } = await ready(change)
    expect(status).toBe(200)
    expect(wrong).toMatchObject([
      {
        name,
        state: 'degraded',
        detail: expect.stringContaining(words),
        impact: expect.stringMatching(/kept in the journal, \d+ % full; nothing is lost/),
        remedy: expect.any(String),
      },
    ])
  })
})

test('/metrics counts readings, lag, records and requests, and describes the process', async () => {
  Object.assign(api.status, healthyStatus(), {
    consumers: [{ name: 'rules', stream: 'telemetry', lag: 3, deadLetters: 2 }],
  })
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
    'forewarn_dead_letters{source="rules"} 2',
    'forewarn_dead_letters{source="findings"} 0',
    'forewarn_gateway_connections 5',
    'forewarn_journal_backlog_bytes 680',
    'forewarn_check_up{check="series"} 1',
    'forewarn_series_values 42',
    'forewarn_records_up 1',
    'forewarn_devices{kind="robot_vacuum"} 1',
    'forewarn_incidents_open 1',
    'forewarn_findings_grouped_total 1960',
    'forewarn_tickets{work_state="open"} 1',
    'forewarn_http_request_duration_seconds_count{method="GET",route="/metrics",status="200"} 1',
  ]) {
    expect(lines).toContain(line)
  }
  expect(lines.some((line) => line.startsWith('process_resident_memory_bytes '))).toBe(true)
  expect(lines.some((line) => line.startsWith('nodejs_eventloop_lag_p99_seconds '))).toBe(true)
})
