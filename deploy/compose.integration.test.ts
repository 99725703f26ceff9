import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Ajv } from 'ajv'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { z } from 'zod'
import { checkRedis } from '../app/doctor/redis.ts'
import { allSettings } from '../app/settings/schema.ts'
import { packageRoot } from '../lib/package-root.ts'
import { findExecutable } from '../test/support/executables.ts'
import { startMosquitto } from '../test/support/mosquitto.ts'
import { freePort } from '../test/support/ports.ts'

const read = (path: string) => readFileSync(join(packageRoot, path), 'utf8')
const compose = z
  .object({
    services: z.record(
      z.string(),
      z.looseObject({
        image: z.string().optional(),
        command: z.array(z.string()).optional(),
        environment: z.record(z.string(), z.string()).optional(),
        ports: z.array(z.string()).optional(),
        volumes: z.array(z.string()).optional(),
        healthcheck: z.object({ test: z.array(z.string()) }).optional(),
      }),
    ),
    volumes: z.record(z.string(), z.unknown()),
  })
  .parse(parse(read('docker-compose.yml')))
const services = Object.entries(compose.services)

test('docker-compose.yml follows the Compose specification', () => {
  // The schema names its dialect by an address of its own.
  const { $schema: _dialect, ...schema } = JSON.parse(read('deploy/compose-spec.schema.json'))
  const isCompose = new Ajv({ strict: false, validateFormats: false }).compile(schema)
  isCompose(parse(read('docker-compose.yml')))
  expect(isCompose.errors).toBeNull()
})

describe.each(services)('%s', (_name, service) => {
  test('publishes its ports on loopback only', () => {
    for (const port of service.ports ?? []) expect(port).toMatch(/^127\.0\.0\.1:\d+:\d+$/)
  })

  test('is a fixed version with a health check', () => {
    if (service.build) return expect(read('Dockerfile')).toContain('HEALTHCHECK')
    expect(service.image).toMatch(/:\d/)
    expect(service.healthcheck?.test).toBeDefined()
  })

  test('mounts only declared volumes and existing files', () => {
    for (const volume of service.volumes ?? []) {
      const [source = ''] = volume.split(':')
      if (source.startsWith('./')) expect(read(source)).not.toBe('')
      else expect(Object.keys(compose.volumes)).toContain(source)
    }
  })
})

test('sets only existing settings of Forewarn', () => {
  const variables = Object.keys(compose.services.forewarn?.environment ?? {})
  const known = allSettings.map(({ env }) => env)
  expect(variables.filter((name) => !known.includes(name))).toEqual([])
})

test('holds no password', () => {
  const values = services.flatMap(([, { environment }]) => Object.entries(environment ?? {}))
  for (const [name, value] of values.filter(([key]) => /PASSWORD|AUTH$/.test(key))) {
    expect([name, value]).toEqual([name, expect.stringMatching(/^\$\{\w+:\?/)])
  }
})

const mosquittoPath = findExecutable('mosquitto') ?? ''
test.skipIf(mosquittoPath === '')('Mosquitto starts with the lines of deploy/mosquitto.conf', async () => {
  // The test replaces address and folder.
  const config = read('deploy/mosquitto.conf')
    .split('\n')
    .filter((line) => !/^(listener|persistence|persistence_location|allow_anonymous|log_)/.test(line))
  const mosquitto = await startMosquitto({ executable: mosquittoPath, config })
  await mosquitto.stop()
})

const redisPath = findExecutable('redis-server') ?? ''
describe.skipIf(redisPath === '')('Redis with the command of docker-compose.yml', () => {
  let folder: string
  let server: ChildProcess
  let url: string
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'forewarn-compose-'))
    const port = await freePort()
    const args = (compose.services.redis?.command ?? [])
      .slice(1)
      .map((arg) => arg.replace(/^\$\{REDIS_PASSWORD.*/, 'secret'))
    server = spawn(redisPath, [...args, '--port', `${port}`, '--dir', folder], { stdio: 'ignore' })
    url = `redis://:secret@127.0.0.1:${port}`
  })
  afterAll(async () => {
    const exited = once(server, 'exit')
    server.kill()
    await exited
    await rm(folder, { recursive: true })
  })

  test('passes the doctor', async () => {
    const statuses = async () => (await checkRedis(url)).map(({ status }) => status)
    await expect.poll(statuses, { timeout: 20_000 }).toEqual(['ok', 'ok', 'ok', 'ok'])
  })
})
