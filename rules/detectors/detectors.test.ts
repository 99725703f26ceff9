import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { testRules } from '../rule-tests/run.ts'
import { shippedKinds } from '../testing/rules.ts'
import { detectorNames } from './registry.ts'

const here = fileURLToPath(new URL('.', import.meta.url))
const folders = readdirSync(here, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name)

describe('every detector', () => {
  it('has a folder, and every folder is registered', () => {
    expect(folders.sort()).toEqual([...detectorNames].sort())
  })

  it.each(folders)('%s has code, test, README and sample', (name) => {
    const files = [`${name}.ts`, `${name}.test.ts`, 'README.md', 'sample.yaml']
    expect(files.filter((file) => !existsSync(join(here, name, file)))).toEqual([])
    expect(readFileSync(join(here, name, 'README.md'), 'utf8')).toContain(`# ${name}\n`)
  })

  it.each(folders)('%s has a sample that uses it and passes its own tests', async (name) => {
    const { problems, results } = await testRules([join(here, name, 'sample.yaml')], { kinds: shippedKinds })
    expect(problems).toEqual([])
    expect(results.length).toBeGreaterThan(1)
    expect(results.filter(({ outcome }) => outcome.is === 'failed')).toEqual([])
    expect(readFileSync(join(here, name, 'sample.yaml'), 'utf8')).toMatch(new RegExp(`^ +${name}:`, 'm'))
  })
})
