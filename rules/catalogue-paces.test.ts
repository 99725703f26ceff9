import { describe, expect, it } from 'vitest'
import { validateRules } from './files/load-rules.ts'
import { failuresAtPace } from './testing/catalogue-paces.ts'
import { catalogFolder, shippedKinds, shippedReferences } from './testing/rules.ts'

const { rules } = await validateRules([catalogFolder], shippedReferences)

/** What a faster pace shall find that the test's own pace cannot. */
const foundOnlyFaster = [
  // The one full reading before the holiday is a day of a full bin.
  'robot_vacuum.dust_bin_full, "full before and after a holiday"',
]

describe.each([
  ['the interval of its kind', 1],
  ['ten times the interval of its kind', 10],
  ['a tenth of the interval of its kind', 0.1],
])('at %s', (_pace, factor) => {
  it.each(rules.map((loaded) => [loaded.rule.name, loaded] as const))('%s', (_name, loaded) => {
    const intervalMs = shippedKinds.get(loaded.rule.kind)?.expectedIntervalMs ?? 0
    const failures = failuresAtPace(loaded, factor * intervalMs)
    expect(failures.filter((line) => !foundOnlyFaster.some((test) => line.startsWith(test)))).toEqual([])
  })
})
