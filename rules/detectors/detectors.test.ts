import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { emptyFleetModel } from '../../contract/fleet-model.ts'
import { dayMs } from '../../lib/time.ts'
import type { Kind } from '../files/kinds.ts'
import { loadRules } from '../files/load-rules.ts'
import { validateAndTestRules } from '../rule-tests/run-rule-tests.ts'
import { parseSeries } from '../rule-tests/series.ts'
import { shippedDetectors, shippedKinds, shippedReferences, start } from '../testing/rules.ts'

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

describe('what a detector remembers of a device', () => {
  /** Within all that each metric can be, so that every load has a baseline of its own. */
  function yearOf(kind: Kind): Record<string, number>[] {
    const shares = parseSeries('0.5x364~0.5 every 1d')?.values.map(Number) ?? []
    return shares.map((share, at) =>
      Object.fromEntries(
        [...kind.metrics].map(
          (
            [
              metric,
              {
                range: [least, most],
              },
            ],
            index,
          ) => [metric, least + (most - least) * (shares[(at + 7 * index) % shares.length] ?? share)],
        ),
      ),
    )
  }

  it.each(folders)('%s: at most 4 KB after a year of daily readings', async (name) => {
    const [rule] = await loadRules([join(here, name, 'sample.yaml')], shippedReferences)
    const kind = shippedKinds.get(rule?.kind ?? '')
    if (rule === undefined || kind === undefined) throw new Error('the sample has no rule')
    const watch = rule.detect.createEvaluator({
      kind,
      component: rule.component,
      clear: rule.clear,
      path: [],
    })
    const circumstances = {
      device: { id: 'd-1', kind: kind.name },
      part: { cohort: {} },
      fleetModel: emptyFleetModel,
    }
    let memory = watch.initialState()
    for (const [at, values] of yearOf(kind).entries()) {
      const ts = start + at * dayMs
      memory = watch.onSample(memory, { ts, values }, circumstances).state
      memory = watch.onTick?.(memory, { at: ts, listening: start }, circumstances).state ?? memory
    }
    const bytes = JSON.stringify(memory).length
    expect(bytes).toBeLessThan(4_096)
  })
})
