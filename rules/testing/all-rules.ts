import { fileURLToPath } from 'node:url'
import { detectorNames } from '../detectors/registry.ts'
import { loadRules } from '../load-rules.ts'
import type { Rule } from '../rule.ts'
import { catalogFolder, shippedKinds } from './rules.ts'

const sampleOf = (detector: string): string =>
  fileURLToPath(new URL(`../detectors/${detector}/sample.yaml`, import.meta.url))

/** Where the shipped rules are, and the sample of each detector. */
export const allRuleFiles = [catalogFolder, ...detectorNames.map(sampleOf)]
export const allRules: readonly Rule[] = await loadRules(allRuleFiles, { kinds: shippedKinds })
