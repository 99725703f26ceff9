import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { runCommand } from '../../test/support/run-command.ts'

async function folderWith(files: Record<string, string>): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'forewarn-lifetimes-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text)
  return folder
}

const lifetimes = [
  'set,unit,cohort,time,time_unit,failed,mode',
  ...Array.from(
    { length: 30 },
    (_, n) => `pump,p${n},${n % 2 ? 'new' : 'old'},${600 + 20 * n},hours,${n % 3 ? 1 : 0},seal`,
  ),
  ...Array.from({ length: 8 }, (_, n) => `fan,f${n},,${100 + n},days,0,`),
].join('\n')

const repairs =
  'set,unit,time,event\nfan,f0,0,start\nfan,f0,40,repair\nfan,f0,90,end\nfan,f1,0,start\nfan,f1,80,end\n'

test('a table of lifetimes, with repairs, costs and a page', async () => {
  const folder = await folderWith({ 'lives.csv': lifetimes, 'repairs.csv': repairs })
  const page = join(folder, 'page.html')
  const files = ['--file', join(folder, 'lives.csv'), '--repairs', join(folder, 'repairs.csv')]
  const { code, stdout } = await runCommand([
    'lifetimes',
    ...files,
    '--planned-cost',
    '1',
    '--failure-cost',
    '20',
    '--html',
    page,
  ])
  expect(code).toBe(0)
  expect(stdout).toContain('pump · new\n')
  expect(stdout).toMatch(/shape +\d.*: wears out/)
  expect(stdout).toMatch(/failures in 720 hours/)
  expect(stdout).toMatch(/replace at +\d+ hours/)
  expect(stdout).toMatch(/parts +8, of which 0 failed and 8 are running/)
  expect(stdout).toMatch(/repairs each +0.5 /)
  expect(await readFile(page, 'utf8')).toContain('Share that survives each age')
})

test('one set as JSON', async () => {
  const folder = await folderWith({ 'lives.csv': lifetimes })
  const { stdout } = await runCommand([
    'lifetimes',
    '--file',
    join(folder, 'lives.csv'),
    '--kind',
    'pump',
    '--json',
  ])
  const { lifetimes: reports } = JSON.parse(stdout) as { lifetimes: { kind: string; model: string }[] }
  expect(reports.map(({ kind, model }) => [kind, model])).toEqual([
    ['pump', 'new'],
    ['pump', 'old'],
  ])
})

test.each([
  ['unit,time\na,5\n', /has no column failed/],
  ['unit,time,failed\na,,1\n', /a has no age from 0 on in the column time/],
  ['unit,time,failed\na,5,yes\n', /a needs 1 or 0 in the column failed/],
  ['unit,time,failed,entered\na,5,1,9\n', /first observed at the age 9/],
])('a table that cannot be read: %j', async (text, message) => {
  const folder = await folderWith({ 'lives.csv': text })
  const { code, stderr } = await runCommand(['lifetimes', '--file', join(folder, 'lives.csv')])
  expect(code).toBe(1)
  expect(stderr).toMatch(message)
})

test.each([
  [['--planned-cost', '5'], /give both --planned-cost and --failure-cost/],
  [['--repairs', 'x.csv'], /--repairs needs --file/],
  [['--planned-cost', 'much'], /Give an amount above 0/],
])('%j is rejected', async (options, message) => {
  const { code, stderr } = await runCommand(['lifetimes', ...options])
  expect(code).not.toBe(0)
  expect(stderr).toMatch(message)
})
