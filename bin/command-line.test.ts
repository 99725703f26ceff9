import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { freePort } from '../test/support/ports.ts'
import { type CommandRun, runCommand } from '../test/support/run-command.ts'

const stackTrace = /^\s+at /m

/** What every failure looks like: an exit code, words on standard error, and no stack trace. */
async function failure(args: readonly string[], env?: Record<string, string>): Promise<CommandRun> {
  const program = await runCommand(args, env)
  expect(program.code).toBe(1)
  expect(program.stderr).toContain('forewarn:')
  expect(program.stderr).not.toMatch(stackTrace)
  return program
}

async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'forewarn-cli-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  return folder
}

describe('help', () => {
  const commands = [
    'up',
    'demo',
    'simulate',
    'replay',
    'rules',
    'rules check',
    'rules test',
    'report',
    'import',
    'dead-letters',
    'dead-letters list',
    'dead-letters retry',
    'dead-letters drop',
    'devices',
    'devices retire',
    'devices restore',
    'devices unassign',
    'devices move',
    'devices rename',
    'devices replace',
    'findings',
    'findings list',
    'findings show',
    'quarantine',
    'quarantine list',
    'quarantine show',
    'quarantine retry',
    'backup',
    'restore',
    'score',
    'lifetimes',
    'config',
    'doctor',
  ]

  it('of the program names every command', async () => {
    const { code, stdout } = await runCommand(['--help'])
    expect(code).toBe(0)
    expect(stdout).toContain('Example:\n  $ forewarn ')
    const [, list = ''] = stdout.split('Commands:')
    const listed = [...list.matchAll(/^ {2}([\w-]+)/gm)].map(([, name]) => name)
    expect(listed).toEqual([...commands.filter((name) => !name.includes(' ')), 'help'])
  })

  it.each(commands)('of %s shows how it is called, with an example', async (name) => {
    const { code, stdout } = await runCommand([...name.split(' '), '--help'])
    expect(code).toBe(0)
    expect(stdout).toContain(`Usage: forewarn ${name}`)
    expect(stdout).toMatch(new RegExp(`Example:\n  \\$ forewarn ${name}\\b`))
  })
})

describe('wrong usage', () => {
  it.each([
    ['no command', '', 'Usage: forewarn'],
    ['half a command', 'rules', 'Usage: forewarn rules'],
    ['an unknown command', 'conifg', 'Did you mean config?'],
    ['an unknown option', 'up --simulat', 'Did you mean --simulate?'],
    ['a missing argument', 'replay --map map.yaml', "missing required argument 'files'"],
    ['a missing option', 'replay readings.csv', "'-m, --map <file>' not specified"],
    ['too many arguments', 'config now', 'too many arguments'],
    ['a number that is none', 'demo --devices many', 'Give a whole number from 1.'],
    ['a number that is too small', 'up --devices 0', 'Give a whole number from 1.'],
    ['a time that is none', 'simulate --until tomorrow', '2026-07-01'],
    ['a factor that is none', 'replay a.csv --map m.yaml --speed fast', 'Give a number above 0'],
    ['a table that is none', 'import tickets t.csv', 'devices, owners, technicians, stock'],
    ['an address that is none', 'simulate --url localhost', 'mqtt://127.0.0.1:1883'],
  ])('%s', async (_what, line, told) => {
    const { code, stdout, stderr } = await runCommand(line.split(' ').filter((argument) => argument !== ''))
    expect(code).toBe(2)
    expect(stderr).toContain(told)
    expect(stderr).not.toMatch(stackTrace)
    expect(stdout).toBe('')
  })
})

describe('settings', () => {
  it('are printed with where they come from, without passwords', async () => {
    const env = {
      MQTT_URL: 'mqtts://user:hunter2@broker:8883',
      DATABASE_URL: 'postgres://user:hunter2@database/db',
      REDIS_URL: 'redis://:hunter2@queue',
    }
    const shown = await runCommand(['config'], env)
    expect(shown.code).toBe(0)
    expect(shown.stdout).toContain('url: mqtts://user:***@broker:8883 # MQTT_URL')
    const asJson = await runCommand(['config', '--json'], env)
    const { settings } = asJson.result<{ settings: { name: string; value: unknown; source: string }[] }>()
    const row = settings.find(({ name }) => name === 'queue.redisUrl')
    expect(row).toMatchObject({ value: 'redis://:***@queue', source: 'REDIS_URL' })
    expect(shown.stdout + asJson.stdout).not.toContain('hunter2')
  })

  it('that are wrong in the environment end the start', async () => {
    const program = await failure(['up', '--json'], { FOREWARN_HTTP_PORT: '80a' })
    const { error } = program.result<{ error: string }>()
    expect(error).toBe(
      'FOREWARN_HTTP_PORT: http.port is "80a", but must be a whole number from 0 to 65535, where 0 takes any free port',
    )
    expect(program.stderr).toContain(error)
  })

  it('that are wrong in the file are told with their places, all of them', async () => {
    const file = join(await temporaryFolder(), 'forewarn.yaml')
    await writeFile(file, 'http:\n  port: 99999\n  hots: localhost\n')
    const { stderr } = await failure(['up', '--config', file])
    expect(stderr).toContain(`${file}:2:9: http.port is 99999, but must be a whole number`)
    expect(stderr).toContain(`${file}:3:3: http.hots is not a setting; did you mean http.host?`)
  })
})

describe('a command that fails says why, also in its JSON', () => {
  it('a check of the doctor', async () => {
    const closed = `redis://127.0.0.1:${await freePort()}`
    const free = { FOREWARN_HTTP_PORT: '0', FOREWARN_MQTT_PORT: '0' }
    const program = await failure(['doctor', '--json'], { ...free, REDIS_URL: closed })
    const result = program.result<{ checks: object[] }>()
    expect(result).toMatchObject({ failed: 1, error: '1 of 13 checks failed' })
    expect(result.checks).toContainEqual({
      name: 'redis',
      status: 'away',
      detail: expect.stringContaining(closed),
      remedy: expect.stringContaining('REDIS_URL'),
    })
  })

  it.each([
    ['a map', ['replay', 'readings.csv', '--map', '/nowhere/map.yaml'], '/nowhere/map.yaml'],
    [
      'a recording',
      ['replay', '/nowhere/a.csv', '-m', 'device-sim/maps/phone-battery.yaml'],
      '/nowhere/a.csv',
    ],
    ['a folder for the truth', ['simulate', '--truth', '/nowhere/truth.json'], '/nowhere/truth.json'],
  ])('%s that is not there', async (_what, args, path) => {
    const program = await failure([...args, '--json'])
    expect(program.result()).toEqual({ error: `${path}: no such file or directory` })
  })
})
