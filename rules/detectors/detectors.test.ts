import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { stateBytes } from '../detector-tools/state-size.ts'
import { loadRules } from '../files/load-rules.ts'
import { validateAndTestRules } from '../rule-tests/run-rule-tests.ts'
import { shippedDetectors, shippedKinds, shippedReferences } from '../testing/rules.ts'

const here = fileURLToPath(new URL('.', import.meta.url))
const folders = readdirSync(here, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name)

describe('every detector', () => {
  it('has a folder, and every folder is registered', () => {
    expect(folders.sort()).toEqual([...shippedDetectors.names].sort())
  })

  it.each(folders)('%s has code, test, README and sample', (name) => {
    const files = [`${name}.ts`, `${name}.test.ts`, 'README.md', 'sample.yaml']
    expect(files.filter((file) => !existsSync(join(here, name, file)))).toEqual([])
    expect(readFileSync(join(here, name, 'README.md'), 'utf8')).toContain(`# ${name}\n`)
  })

  it.each(folders)('%s has a sample that uses it and passes its own tests', async (name) => {
    const { problems, results } = await validateAndTestRules([join(here, name, 'sample.yaml')], {
      ...shippedReferences,
    })
    expect(problems).toEqual([])
    expect(results.length).toBeGreaterThan(1)
    expect(results.filter(({ outcome }) => outcome.is === 'failed')).toEqual([])
    expect(readFileSync(join(here, name, 'sample.yaml'), 'utf8')).toMatch(new RegExp(`^ +${name}:`, 'm'))
  })
})

describe('the state of a device', () => {
  it.each(folders)('%s: at most 4 KB after a year of daily readings', async (name) => {
    const [rule] = await loadRules([join(here, name, 'sample.yaml')], shippedReferences)
    const kind = shippedKinds.get(rule?.kind ?? '')
    if (rule === undefined || kind === undefined) throw new Error('the sample has no rule')
    expect(stateBytes(rule, kind)).toBeLessThan(4_096)
  })
})
