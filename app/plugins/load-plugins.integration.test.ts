import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { enumerateStricterSettings } from '../../desk/feedback/stricter-settings.ts'
import { packageRoot } from '../../lib/package-root.ts'
import { validateRuleText } from '../../rules/files/load-rules.ts'
import { validateAndTestRules } from '../../rules/rule-tests/run-rule-tests.ts'
import { hotBatteryRule } from '../../rules/testing/rules.ts'
import { loadSettings } from '../settings/load.ts'
import { createChannels } from '../wiring/notice-channels.ts'
import { loadVocabulary } from '../wiring/rule-vocabulary.ts'
import { loadPlugins, PluginError } from './load-plugins.ts'

const example = join(packageRoot, 'docs', 'example-plugin')
const folder = mkdtempSync(join(tmpdir(), 'forewarn-plugins-'))
afterAll(() => rmSync(folder, { recursive: true }))

const settingsWith = (plugins: string) =>
  loadSettings({ env: { FOREWARN_PLUGINS: plugins }, cwd: packageRoot }).settings

describe('the example plugin', () => {
  const load = () => loadVocabulary(settingsWith('docs/example-plugin/plugin.js'))

  it('is loaded from the path in the settings, and its rule passes its own tests', async () => {
    const { problems, results } = await validateAndTestRules([join(example, 'sample.yaml')], await load())
    expect(problems).toEqual([])
    expect(results.map(({ outcome }) => outcome.is)).toEqual(['passed', 'passed', 'passed'])
  })

  it('is a detector as any other: in composites, in error messages, in suggested settings', async () => {
    const references = await load()
    const validate = (detect: string) =>
      validateRuleText({ file: 'a.yaml', text: hotBatteryRule({ detect }) }, references)
    const range = '{ range: { metric: battery_temp_c, low: 5, high: 45 } }'
    const all = `{ all: { of: [${range}, { any: { of: [${range}, { silence: { intervals: 3 } }] } }] } }`
    expect(validate(all)).toMatchObject({ problems: [] })
    expect(validate('{ rang: { metric: battery_temp_c } }').problems).toMatchObject([
      { message: expect.stringContaining('allowed: threshold, drop') },
      { message: 'unknown key "rang"', hint: expect.stringContaining('did you mean "range"?') },
    ])
    expect(validate('{ range: { metric: battery_temp, low: 5, high: 4 } }').problems).toMatchObject([
      { message: expect.stringContaining('unknown metric of phone'), line: 4 },
      { message: 'low: 5 is not below high: 4', line: 4, column: 47 },
    ])
    const stricter = enumerateStricterSettings(
      { file: 'a.yaml', text: hotBatteryRule({ detect: range }) },
      references.detectors,
    )
    expect(stricter.map(({ setting, to }) => `${setting} ${to}`)).toEqual([
      'detect.range.high 47.3',
      'detect.range.high 49.5',
    ])
    expect(references.detectors.indicatesFailure({ detector: 'range', points: [] }, 0)).toBe(true)
  })

  it('has the types that the package declares', { timeout: 120_000 }, () => {
    const strict = ['--ignoreConfig', '--noEmit', '--allowJs', '--checkJs', '--strict', '--skipLibCheck']
    const node = ['--module', 'nodenext', '--target', 'es2023', '--types', 'node']
    const tsc = join(packageRoot, 'node_modules', '.bin', 'tsc')
    const output = execFileSync(tsc, [...strict, ...node, join(example, 'plugin.js')], { encoding: 'utf8' })
    expect(output).toBe('')
  })

  it('adds a channel, which says what it needs', async () => {
    const settings = settingsWith('docs/example-plugin/plugin.js')
    const { channels } = await loadPlugins(settings.plugins)
    delete process.env.LOGFILE_CHANNEL
    expect(() =>
      createChannels(settings, { now: Date.now, onCircuitChange: () => undefined }, channels),
    ).toThrow(
      'the channel "logfile" of a plugin cannot be created: set LOGFILE_CHANNEL to the path of a file',
    )
  })
})

describe('a module is refused with its path and the reason', () => {
  const detector = `name: 'twice', config: { safeParse() {} }, validate() {}, createEvaluator() {}, stricter: {}, indicatesFailure() {}`
  const channel = (name: string) => `export default { channels: [{ name: '${name}', create() {} }] }`

  it.each([
    ['not JavaScript', 'export default {', 'cannot be loaded: '],
    ['what throws', 'throw new Error("no licence")', 'cannot be loaded: no licence; fix the file'],
    ['no default export', 'export const detectors = []', 'is no plugin: its default export: Invalid input'],
    ['an unknown member', 'export default { detector: [] }', 'Unrecognized key: "detector"'],
    [
      'a detector without members',
      "export default { detectors: [{ name: 'x', config: {}, stricter: { a: 1 } }] }",
      'detectors.0.config: it must be a zod schema',
    ],
    [
      'a shipped name',
      `export default { detectors: [{ ${detector}, name: 'threshold' }] }`,
      'there is already a detector "threshold"; choose another name',
    ],
    [
      'a reserved name',
      `export default { detectors: [{ ${detector}, name: 'any' }] }`,
      'the detector name "any" is reserved',
    ],
    [
      'a name that cannot be a key',
      `export default { detectors: [{ ${detector}, name: 'A-b' }] }`,
      'the detector name "A-b" is not allowed',
    ],
    [
      'the same detector twice',
      `export default { detectors: [{ ${detector} }, { ${detector} }] }`,
      'there is already a detector "twice"',
    ],
    ['a shipped channel', channel('webhook'), 'there is already a channel "webhook"; choose another name'],
    ['a channel that always runs', channel('inbox'), 'there is already a channel "inbox"'],
  ])('%s', async (what, text, words) => {
    const path = join(folder, `${what.replaceAll(' ', '-')}.mjs`)
    writeFileSync(path, text)
    const error = await loadPlugins([path]).catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(PluginError)
    expect(String(error)).toContain(`plugin ${path}`)
    expect(String(error)).toContain(words)
  })

  it('a file that is not there', async () => {
    const path = join(folder, 'none.js')
    await expect(loadPlugins([path])).rejects.toThrow(`plugin ${path} cannot be loaded: `)
  })
})

it('the setting takes a list in the file, and commas in the environment', () => {
  writeFileSync(join(folder, 'forewarn.yaml'), 'plugins: [a.js, ./b.js]\n')
  expect(loadSettings({ env: {}, cwd: folder }).settings.plugins).toEqual([
    join(folder, 'a.js'),
    join(folder, 'b.js'),
  ])
  expect(loadSettings({ env: { FOREWARN_PLUGINS: 'c.js, d.js' }, cwd: folder }).settings.plugins).toEqual([
    join(folder, 'c.js'),
    join(folder, 'd.js'),
  ])
  expect(loadSettings({ env: {}, cwd: packageRoot }).settings.plugins).toEqual([])
})
