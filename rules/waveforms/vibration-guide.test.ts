import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { packageRoot } from '../../lib/package-root.ts'
import { parseKinds } from '../files/kinds.ts'
import { validateRuleText } from '../files/load-rules.ts'
import { runRuleTests } from '../rule-tests/run-rule-tests.ts'
import { shippedDetectors } from '../testing/rules.ts'

const page = readFileSync(join(packageRoot, 'docs/vibration.md'), 'utf8')
const [kind = '', ...rules] = [...page.matchAll(/```yaml\n(.*?)```/gs)].map(([, text = '']) => text)
const { kinds, problems } = parseKinds([{ file: 'motor.yaml', text: kind }])

describe('docs/vibration.md', () => {
  it('has a valid kind', () => {
    expect(problems).toEqual([])
    expect(rules).toHaveLength(3)
  })

  it.each(rules)('has rules that pass their tests: %s', (text) => {
    const { rule, problems } = validateRuleText(
      { file: 'rule.yaml', text },
      { kinds, detectors: shippedDetectors },
    )
    expect(problems).toEqual([])
    const results = rule === undefined ? [] : runRuleTests(rule, kinds)
    expect(results.length).toBeGreaterThan(1)
    expect(results.filter(({ outcome }) => outcome.is !== 'passed')).toEqual([])
  })
})
