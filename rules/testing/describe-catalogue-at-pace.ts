import { describe, expect, it } from 'vitest'
import { validateRules } from '../files/load-rules.ts'
import { failuresAtPace } from './catalogue-paces.ts'
import { catalogFolder, shippedKinds, shippedReferences } from './rules.ts'

/** Tests that rightly differ at a faster pace, which shows what the test's own pace cannot. */
const foundOnlyFaster = [
  // The one full reading before the holiday is a day of a full bin.
  'robot_vacuum.dust_bin_full, "full before and after a holiday"',
]

const { rules } = await validateRules([catalogFolder], shippedReferences)

/** Define a test for each shipped rule: its own tests, at a multiple of the interval of its kind. */
export function describeCatalogueAtPace(pace: string, factor: number): void {
  describe(`at ${pace}`, () => {
    it.each(rules.map((loaded) => [loaded.rule.name, loaded] as const))('%s', (_name, loaded) => {
      const intervalMs = shippedKinds.get(loaded.rule.kind)?.expectedIntervalMs ?? 0
      const failures = failuresAtPace(loaded, factor * intervalMs)
      expect(failures.filter((line) => !foundOnlyFaster.some((test) => line.startsWith(test)))).toEqual([])
    })
  })
}
