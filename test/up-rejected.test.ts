import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Program, runProgram } from './support/program.ts'
import { type RunningProgram, startProgram } from './support/start-program.ts'

const timeout = 60_000

/** One for all tests here, as making its database takes seconds. */
let dataDir: string

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'forewarn-up-'))
})
afterAll(() => rm(dataDir, { recursive: true }))

function start(env: Record<string, string> = {}): Promise<RunningProgram> {
  return startProgram({ FOREWARN_DATA_DIR: dataDir, ...env })
}

/** How a start ends that cannot succeed: soon, with exit code 1, words and no stack trace. */
async function failedStart(env: Record<string, string>, warnings: string[] = []): Promise<Program> {
  const program = await runProgram(['up', '--json'], {
    FOREWARN_HTTP_PORT: '0',
    FOREWARN_MQTT_PORT: '0',
    ...env,
  })
  expect(program.child.exitCode, program.stderr).toBe(1)
  expect(program.stderr).not.toMatch(/^\s+at /m)
  const lines = program.stderr.trimEnd().split('\n')
  const complaint = lines.pop()
  const logged = lines.map((line) => JSON.parse(line) as { level: string; event: string })
  expect(logged[0]).toMatchObject({ level: 'info', event: 'starting' })
  expect(logged.filter(({ level }) => level !== 'info').map(({ event }) => event)).toEqual(warnings)
  expect(complaint).toBe(`forewarn: ${program.result<{ error: string }>().error}`)
  return program
}

describe('a start that cannot succeed', () => {
  it('on a data folder that is in use', { timeout }, async () => {
    const { program } = await start()
    const { stderr } = await failedStart({ FOREWARN_DATA_DIR: dataDir })
    expect(stderr).toContain(`${dataDir}/journal is in use by process ${program.child.pid}`)
  })

  it('at ports that are taken', { timeout }, async () => {
    const { httpUrl, mqttUrl } = await start()
    const http = { FOREWARN_HTTP_PORT: new URL(httpUrl).port }
    const mqtt = { FOREWARN_MQTT_PORT: new URL(mqttUrl).port }
    const broker = await failedStart(mqtt)
    expect(broker.stderr).toMatch(/127\.0\.0\.1:\d+ is in use .* set mqtt\.port \(FOREWARN_MQTT_PORT\)/)
    const twice = await runProgram(['up'], { ...http, ...mqtt })
    expect(twice.child.exitCode).toBe(1)
    expect(twice.stderr).toMatch(/a Forewarn runs already.*FOREWARN_HTTP_PORT.*FOREWARN_MQTT_PORT/s)
  })

  it('in a data folder that cannot be made', { timeout }, async () => {
    const file = import.meta.filename
    const { stderr } = await failedStart({ FOREWARN_DATA_DIR: join(file, 'data') })
    expect(stderr).toContain(`${file} cannot be written to`)
    expect(stderr).toContain('FOREWARN_DATA_DIR')
  })

  it('without its rules', { timeout }, async () => {
    const { stderr } = await failedStart({ FOREWARN_RULES_CATALOG_DIR: '/nowhere' }, ['rules_rejected'])
    expect(stderr).toContain('/nowhere')
  })
})
