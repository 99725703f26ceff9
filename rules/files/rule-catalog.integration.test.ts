import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { hotBatteryRule, shippedReferences } from '../testing/rules.ts'
import { validateCatalog } from './rule-catalog.ts'

let dir: string
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'forewarn-rule-catalog-'))
})
afterEach(() => rm(dir, { recursive: true }))

/** Write rule files by their path, such as `shipped/a.yaml`. */
async function write(files: Record<string, string>): Promise<void> {
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(dir, path)), { recursive: true })
    await writeFile(join(dir, path), text)
  }
}
const validate = (folders: readonly string[], disabled: readonly string[] = []) =>
  validateCatalog({ folders: folders.map((folder) => join(dir, folder)), disabled }, shippedReferences)
const rule = (name: string, changes: Record<string, string> = {}) =>
  hotBatteryRule({ rule: `phone.${name}`, ...changes })

it('adds the rules of further folders, and a later one replaces the rule of the same name', async () => {
  await write({
    'shipped/a.yaml': rule('a'),
    'shipped/b.yaml': rule('b'),
    'mine/other-name.yaml': rule('b', { severity: 'minor' }),
    'mine/c.yaml': rule('c'),
    'site/c.yaml': rule('c', { severity: 'critical' }),
  })
  const { rules, problems } = await validate(['shipped', 'mine', 'site'])
  expect(problems).toEqual([])
  expect(rules.map(({ rule: { name, severity } }) => [name, severity])).toEqual([
    ['phone.a', 'major'],
    ['phone.b', 'minor'],
    ['phone.c', 'critical'],
  ])
})

it('does not look at a rule that is replaced or disabled', async () => {
  await write({
    'shipped/a.yaml': rule('a', { component: 'wing' }),
    'shipped/b.yaml': rule('b', { component: 'wing' }),
    'mine/a.yaml': rule('a'),
  })
  expect((await validate(['shipped', 'mine'])).problems).toMatchObject([
    { file: join(dir, 'shipped/b.yaml') },
  ])
  const { rules, problems, disabled } = await validate(['shipped', 'mine'], ['phone.b'])
  expect([rules.length, problems, disabled]).toEqual([1, [], ['phone.b']])
})

it('the same name twice in one folder is still a problem', async () => {
  await write({ 'shipped/x.yaml': rule('x'), 'mine/a.yaml': rule('a'), 'mine/b.yaml': rule('a') })
  expect((await validate(['shipped', 'mine'])).problems).toMatchObject([
    { message: `the rule phone.a is also defined in ${join(dir, 'mine/a.yaml')}` },
  ])
})

it('disables shipped rules by name or pattern, never the own ones', async () => {
  await write({ 'shipped/a.yaml': rule('a'), 'shipped/b.yaml': rule('b'), 'mine/c.yaml': rule('c') })
  const { rules, disabled } = await validate(['shipped', 'mine'], ['phone.*'])
  expect([rules.map(({ rule: { name } }) => name), disabled]).toEqual([['phone.c'], ['phone.a', 'phone.b']])
  const misspelt = await validate(['shipped'], ['phone.aa', 'washer.*'])
  expect(misspelt.problems).toMatchObject([
    { file: 'rules.disabled', message: 'unknown rule "phone.aa"' },
    { file: 'rules.disabled', message: 'unknown rule "washer.*"' },
  ])
})

it('a rule that gives way to a disabled one stays valid', async () => {
  await write({ 'shipped/a.yaml': rule('a'), 'shipped/b.yaml': rule('b', { unless: '[phone.a]' }) })
  const { rules, problems } = await validate(['shipped'], ['phone.a'])
  expect([rules.map(({ rule: { name } }) => name), problems]).toEqual([['phone.b'], []])
})
