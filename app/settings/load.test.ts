import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import type { Environment } from './environment.ts'
import { loadSettings } from './load.ts'
import { SettingsError } from './settings-error.ts'

const cwd = mkdtempSync(join(tmpdir(), 'forewarn-settings-'))
afterAll(() => rmSync(cwd, { recursive: true }))

function withFile(text: string, env: Environment = {}) {
  writeFileSync(join(cwd, 'custom.yaml'), text)
  return loadSettings({ env, cwd, configFile: 'custom.yaml' })
}

function problemsOf(load: () => unknown): string[] {
  try {
    load()
  } catch (error) {
    if (error instanceof SettingsError) return error.message.split('\n')
    throw error
  }
  return []
}

describe('the order of sources', () => {
  test('without file and environment all is default, and paths are absolute', () => {
    const { settings, sources } = loadSettings({ env: {}, cwd })
    expect(settings.dataDir).toBe(join(cwd, 'data'))
    expect(settings.http).toEqual({ host: '127.0.0.1', port: 8080 })
    expect(settings.mqtt.url).toBeUndefined()
    expect(new Set([...sources.values()].map(({ from }) => from))).toEqual(new Set(['default']))
  })

  test('the file comes over the default, and the environment over the file', () => {
    const { settings, sources } = withFile('http:\n  port: 1\n  host: example.org\n', {
      FOREWARN_HTTP_PORT: '2',
    })
    expect(settings.http).toEqual({ host: 'example.org', port: 2 })
    expect(sources.get('http.port')).toEqual({ from: 'environment', variable: 'FOREWARN_HTTP_PORT' })
    expect(sources.get('http.host')).toEqual({ from: 'file', file: 'custom.yaml', line: 3, column: 9 })
    expect(sources.get('mqtt.port')).toEqual({ from: 'default' })
  })

  test('FOREWARN_CONFIG names the file, --config comes before it, forewarn.yaml is the usual one', () => {
    writeFileSync(join(cwd, 'a.yaml'), 'http: { port: 11 }')
    writeFileSync(join(cwd, 'b.yaml'), 'http: { port: 12 }')
    const env = { FOREWARN_CONFIG: 'a.yaml' }
    expect(loadSettings({ env, cwd }).settings.http.port).toBe(11)
    expect(loadSettings({ env, cwd, configFile: 'b.yaml' }).settings.http.port).toBe(12)
    writeFileSync(join(cwd, 'forewarn.yaml'), 'http: { port: 13 }')
    expect(loadSettings({ env: {}, cwd }).settings.http.port).toBe(13)
    rmSync(join(cwd, 'forewarn.yaml'))
  })

  test('empty values count as absent', () => {
    const { settings } = withFile('mqtt:\n  url:\nhttp:\n', { FOREWARN_HTTP_PORT: '', REDIS_URL: '' })
    expect(settings.http.port).toBe(8080)
    expect(settings.queue.redisUrl).toBeUndefined()
  })
})

describe('values in words', () => {
  test('durations, sizes and dates, in the file and in the environment', () => {
    const { settings } = withFile(
      'series: { retention: 30d }\njournal: { maxBytes: 1.5GiB }\ningest: { oldest: 2020-02-01T00:00:00+01:00 }',
      { FOREWARN_INGEST_FUTURE_TOLERANCE: '90s', FOREWARN_MQTT_MAX_PAYLOAD_BYTES: '4096' },
    )
    expect(settings.series.retention).toBe(30 * 86_400_000)
    expect(settings.journal.maxBytes).toBe(1.5 * 2 ** 30)
    expect(settings.ingest).toMatchObject({ oldest: Date.UTC(2020, 0, 31, 23), futureTolerance: 90_000 })
    expect(settings.mqtt.maxPayloadBytes).toBe(4096)
  })

  test('a text of digits stays text where text is meant', () => {
    expect(loadSettings({ env: { FOREWARN_MQTT_CLIENT_ID: '42' }, cwd }).settings.mqtt.clientId).toBe('42')
  })
})

describe('problems', () => {
  test('a wrong value: the setting, the value, what is allowed, and file:line:column', () => {
    expect(problemsOf(() => withFile('http:\n  port: many\n'))).toEqual([
      'custom.yaml:2:9: http.port is "many", but must be a whole number from 0 to 65535, where 0 takes any free port',
    ])
  })

  test('a wrong value in the environment names the variable', () => {
    expect(problemsOf(() => withFile('', { FOREWARN_INGEST_REGISTRATION: 'ajar' }))).toEqual([
      'FOREWARN_INGEST_REGISTRATION: ingest.registration is "ajar", but must be open or closed',
    ])
  })

  test('unknown settings and variables, with what was perhaps meant', () => {
    const env = {
      FOREWARN_HTTPPORT: '1',
      FOREWARN_SERVICE_HOST: '10.0.0.1',
      FOREWARN_PORT: 'tcp://10.0.0.1:80',
    }
    expect(problemsOf(() => withFile('http:\n  prot: 1\nxylophone: 2\n', env))).toEqual([
      'FOREWARN_HTTPPORT: is not a variable of Forewarn; did you mean FOREWARN_HTTP_PORT?',
      'custom.yaml:2:3: http.prot is not a setting; did you mean http.port?',
      'custom.yaml:3:1: xylophone is not a setting',
    ])
  })

  test('all problems are told at once', () => {
    const text = 'mqtt: 5\njournal: { maxBytes: 3 pounds }\nseries: { retention: 30 }\n'
    expect(problemsOf(() => withFile(text, { FOREWARN_INGEST_OLDEST: 'yesterday' }))).toHaveLength(4)
  })

  test('passwords are not repeated', () => {
    const [problem] = problemsOf(() => loadSettings({ env: { REDIS_URL: 'amqp://user:hunter2@host' }, cwd }))
    expect(problem).toContain('REDIS_URL: queue.redisUrl is amqp://user:***@host')
    expect(problemsOf(() => loadSettings({ env: { REDIS_URL: 'redis:hunter2' }, cwd })).join()).not.toContain(
      'hunter2',
    )
  })

  test('a broken file, one that is no mapping, and one that is not there', () => {
    expect(problemsOf(() => withFile('http: [1\n'))[0]).toMatch(/^custom\.yaml:\d+:\d+: /)
    expect(problemsOf(() => withFile('- 1\n'))[0]).toMatch(/^custom\.yaml:1:1: .*must hold settings/)
    const missing = problemsOf(() => loadSettings({ env: { FOREWARN_CONFIG: 'none.yaml' }, cwd }))
    expect(missing[0]).toMatch(/^FOREWARN_CONFIG: the settings file none\.yaml cannot be read: ENOENT/)
  })
})
