import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeEach, expect, it, onTestFinished } from 'vitest'
import { hotBatteryRule } from '../rules/testing/rules.ts'
import { freePort } from './support/ports.ts'
import { eventually } from './support/program.ts'
import { runCommand } from './support/run-command.ts'
import { type RunningProgram, startProgram } from './support/start-program.ts'

const hot = hotBatteryRule()
const broken = hot.replace('battery_temp_c, above', 'battery_tmp_c, above')
const whatIsWrong = '4:32: unknown metric of phone "battery_tmp_c"; did you mean "battery_temp_c"?'

let folder: string
let file: string

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'forewarn-rules-commands-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  await mkdir(join(folder, 'catalog'))
  file = join(folder, 'catalog', 'hot.yaml')
  await writeFile(file, hot)
})

function start(): Promise<RunningProgram> {
  return startProgram({
    FOREWARN_DATA_DIR: join(folder, 'data'),
    FOREWARN_RULES_CATALOG_DIR: join(folder, 'catalog'),
    FOREWARN_RULES_DISABLED: '*',
  })
}

it('say in words that no program runs', async () => {
  const port = String(await freePort())
  const asked = await runCommand(['rules', 'list'], { FOREWARN_HTTP_PORT: port })
  expect(asked.code).toBe(1)
  expect(asked.stderr).toContain(`cannot reach Forewarn at http://127.0.0.1:${port} (connect ECONNREFUSED`)
  expect(asked.stderr).not.toMatch(/^\s+at /m)
})

it('tell what is wrong in a rule file, and change nothing', async () => {
  const { program, httpUrl } = await start()
  const ask = (...args: string[]) => runCommand(['rules', ...args, '--url', httpUrl])
  await writeFile(file, broken)
  const reload = await ask('reload')
  expect(reload.code).toBe(1)
  expect(reload.stderr).toContain(`${file}:${whatIsWrong}`)

  program.child.kill('SIGHUP')
  // One rejection for the command before, one for the signal.
  const rejections = () => program.stderr.split('\n').filter((line) => line.includes('"rules_rejected"'))
  await eventually(async () => rejections().length === 2 || undefined)
  expect(JSON.parse(rejections()[1] ?? '').msg).toContain(`${file}:${whatIsWrong}`)
  const listed = await ask('list')
  expect(listed.stdout).toMatch(/^phone\.battery_hot {2}\w{8} {2}live since .* by start\n$/)

  const refused = await ask('promote', 'phone.battery_hot', '--json')
  expect(refused.code).toBe(1)
  expect(refused.result()).toMatchObject({ code: 'rule_change_rejected' })
})

it('promote a version that stays live over a restart', async () => {
  const first = await start()
  const stricter = join(folder, 'stricter.yaml')
  await writeFile(stricter, hot.replace('above: 45', 'above: 40'))
  const ask = (url: string, ...args: string[]) => runCommand(['rules', ...args, '--url', url])
  const tried = await ask(first.httpUrl, 'shadow', stricter)
  const [, version = ''] = /^phone\.battery_hot (\w{8}) is shadow\n$/.exec(tried.stdout) ?? []
  expect(version).not.toBe('')
  await ask(first.httpUrl, 'promote', 'phone.battery_hot')
  expect((await first.program.terminate('SIGTERM')).code).toBe(0)

  const second = await start()
  expect((await ask(second.httpUrl, 'list')).stdout).toContain(`${version}  live since`)
  const history = (await ask(second.httpUrl, 'history', 'phone.battery_hot')).stdout
  expect(history.match(/\((\w+), /g)).toEqual(['(promote, ', '(promote, ', '(trial, ', '(start, '])
})
