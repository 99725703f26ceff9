import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { freePort } from '../../test/support/ports.ts'
import { loadSettings } from '../settings/load.ts'
import { endInTime, ok } from './check.ts'
import { runDoctor } from './doctor.ts'

const cwd = join(tmpdir(), 'forewarn-doctor-nowhere')
const noProblems = async () => []

async function diagnose(env: Record<string, string>, checkRules: () => Promise<string[]> = noProblems) {
  const ports = { FOREWARN_HTTP_PORT: '0', FOREWARN_MQTT_PORT: '0' }
  const { settings } = loadSettings({ env: { ...ports, ...env }, cwd })
  const checks = await runDoctor({ settings, checkRules, now: Date.now })
  return (name: string) => checks.find((check) => check.name === name)
}

test('with the embedded parts all is fine', async () => {
  const check = await diagnose({ FOREWARN_MQTT_MAX_CONNECTIONS: '10', FOREWARN_JOURNAL_MAX_BYTES: '1B' })
  const names = ['node', 'data folder', 'http port', 'mqtt port', 'open files', 'clock', 'rules']
  for (const name of [...names, 'mqtt broker', 'journal', 'redis', 'influxdb', 'postgresql'])
    expect(check(name)?.status).toBe('ok')
})

test('external parts behind closed ports: what fails and how to fix it, without passwords', async () => {
  const closed = `127.0.0.1:${await freePort()}`
  const check = await diagnose({
    MQTT_URL: `mqtt://user:hunter2@${closed}`,
    REDIS_URL: `redis://:hunter2@${closed}`,
    JOURNAL: 'redis',
    JOURNAL_REDIS_URL: `redis://:hunter2@${closed},redis://:hunter2@${closed}`,
    DATABASE_URL: `postgres://user:hunter2@${closed}/db`,
    INFLUX_URL: `http://${closed}`,
    INFLUX_TOKEN: 'hunter2',
  })
  for (const [name, variable] of [
    ['mqtt broker', 'MQTT_URL'],
    ['journal', 'JOURNAL_REDIS_URL'],
    ['redis', 'REDIS_URL'],
    ['postgresql', 'DATABASE_URL'],
    ['influxdb', 'INFLUX_URL'],
  ] as const) {
    expect(check(name)).toMatchObject({ status: 'away', remedy: expect.stringContaining(variable) })
    expect(check(name)?.detail).toContain('ECONNREFUSED')
    expect(JSON.stringify(check(name))).not.toContain('hunter2')
  }
  expect(check('mqtt port')).toBeUndefined()
})

test('rule files that are not in order, and a check that itself fails', async () => {
  const check = await diagnose({}, async () => ['catalog/a.yaml:3:1: unknown metric'])
  expect(check('rules')).toMatchObject({ status: 'fail', detail: expect.stringContaining('a.yaml:3:1') })
  const broken = await diagnose({}, () => Promise.reject(new Error('no such folder')))
  expect(broken('rules')).toMatchObject({ status: 'fail', detail: expect.stringContaining('no such folder') })
})

describe('a port that is taken', () => {
  let server: Server
  let port: string
  let answer: object
  beforeAll(async () => {
    server = createServer((_request, response) => response.end(JSON.stringify(answer))).listen(0, '127.0.0.1')
    await once(server, 'listening')
    port = String((server.address() as AddressInfo).port)
  })
  afterAll(() => server.close())

  test('by another program', async () => {
    answer = {}
    const check = await diagnose({ FOREWARN_HTTP_PORT: port })
    expect(check('http port')).toMatchObject({
      status: 'fail',
      remedy: expect.stringContaining('FOREWARN_HTTP_PORT'),
    })
  })

  test('by a Forewarn that runs already', async () => {
    answer = { program: 'forewarn' }
    const check = await diagnose({ FOREWARN_HTTP_PORT: port })
    expect(check('http port')).toMatchObject({
      status: 'ok',
      detail: expect.stringContaining('runs already'),
    })
  })
})

test('an address that is not of this machine', async () => {
  const check = await diagnose({ FOREWARN_MQTT_HOST: '192.0.2.1' })
  expect(check('mqtt port')).toMatchObject({
    status: 'fail',
    remedy: expect.stringContaining('FOREWARN_MQTT_HOST'),
  })
})

test('a service is away whose check never ends', async () => {
  expect(await endInTime('redis', new Promise(() => undefined), 10)).toMatchObject([
    { name: 'redis', status: 'away', detail: 'it has not answered for 0.01 s' },
  ])
  const answer = [ok('redis', 'answers')]
  expect(await endInTime('redis', Promise.resolve(answer))).toEqual(answer)
})
