import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeEach, expect, it, onTestFinished } from 'vitest'
import { freePort } from './support/ports.ts'
import { type CommandRun, runCommand } from './support/run-command.ts'
import { startProgram } from './support/start-program.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'forewarn-import-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
})

async function file(...rows: string[]): Promise<string> {
  const path = join(folder, 'table.csv')
  await writeFile(path, rows.map((row) => `${row}\n`).join(''))
  return path
}

const ended = ({ code, stdout, stderr }: CommandRun) => ({ code, stdout, stderr })

it('tables come into the running program, or each wrong row is told with its place', {
  timeout: 240_000,
}, async () => {
  const { httpUrl } = await startProgram()
  const take = async (what: string, path: string, ...more: string[]) =>
    runCommand(['import', what, path, '--url', httpUrl, ...more])

  const owners = await file('id,name,timeZone', 'u-1,Ada,Asia/Shanghai', 'u-2,Bo,')
  expect(ended(await take('owners', owners, '--dry-run'))).toEqual({
    code: 0,
    stdout: '2 rows: 2 new, 0 changed, 0 unchanged; nothing was imported\n',
    stderr: '',
  })
  const taken = await take('owners', owners, '--json')
  expect(taken.result()).toEqual({ dryRun: false, rows: 2, new: 2, changed: 0, unchanged: 0 })

  const wrong = await file('id,name,timeZone', 'u-1,Ada,Mars/Olympus', 'u-3,Cem', 'u-2,Bob,UTC')
  const refused = ended(await take('owners', wrong))
  expect(refused).toMatchObject({ code: 1, stdout: '' })
  const told = refused.stderr.split('\n')
  expect(told[0]).toBe(
    `${wrong}:2: timeZone: "Mars/Olympus": expected a name of the IANA time zone database such as Europe/Berlin; ` +
      'Write a name such as Europe/Berlin.',
  )
  expect(told[1]).toContain(`${wrong}:3: the row has 2 cells, and there are 3 columns; `)
  expect(told[2]).toContain('forewarn: Invalid file; nothing was imported: 2 problems')
  const asObject = (await take('owners', wrong, '--json')).result()
  expect(asObject).toMatchObject({ code: 'import_invalid', rows: [{ line: 2 }, { line: 3, column: null }] })
  const owner = await fetch(`${httpUrl}/api/owners/u-2`)
  expect(await owner.json()).toMatchObject({ name: 'Bo' })

  const devices = await file('id,kind,owner', 'wm-1,washing_machine,u-1')
  expect(ended(await take('devices', devices))).toMatchObject({ code: 0 })
  const technicians = await file('id,name,timeZone,visitsADay', 't-1,Grace,UTC,4')
  expect(ended(await take('technicians', technicians))).toMatchObject({ code: 0 })
  const stock = await file('depot,part,onHand', 'berlin,battery,4')
  expect((await take('stock', stock)).stderr).toContain(
    `${stock}:2: depot: there is no depot "berlin"; Create the depot first: PUT /api/depots/{id}.\n`,
  )

  const large = await file('id', ...Array.from({ length: 50_001 }, (_, n) => `u-${n}`))
  expect(ended(await take('owners', large))).toMatchObject({
    code: 1,
    stderr: expect.stringContaining(
      'more than 50,000 rows: from line 50002 on, import them as another file.',
    ),
  })
  const larger = await file(
    'id,name',
    ...Array.from({ length: 40_000 }, (_, n) => `u-${n},${'x'.repeat(250)}`),
  )
  expect((await take('owners', larger)).stderr).toContain(
    'an import takes at most 8,388,608: bring it in several files',
  )
})

it('says what it lacks: a file, or a program that runs', { timeout: 60_000 }, async () => {
  const none = await runCommand(['import', 'owners', join(folder, 'none.csv')])
  expect(ended(none)).toMatchObject({ code: 1, stderr: expect.stringContaining('no such file') })
  const path = await file('id', 'u-1')
  const port = String(await freePort())
  const alone = await runCommand(['import', 'owners', path], { FOREWARN_HTTP_PORT: port })
  expect(ended(alone)).toMatchObject({ code: 1, stderr: expect.stringContaining('cannot reach Forewarn at') })
})
