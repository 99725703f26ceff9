import { fileURLToPath } from 'node:url'
import { readYamlFiles } from '../files/read-yaml-files.ts'
import type { Rule } from '../files/rule.ts'
import { catalogFolder, parseRule, shippedDetectors } from './rules.ts'

const sampleOf = (detector: string): string =>
  fileURLToPath(new URL(`../detectors/${detector}/sample.yaml`, import.meta.url))

const { files } = await readYamlFiles([...shippedDetectors.names.map(sampleOf), catalogFolder])
/** By name: a sample may be a shipped rule. */
const byName = new Map(files.map(({ text }) => [parseRule(text).name, text]))

/** The shipped rules, and the sample of each detector. */
export const allRuleTexts: readonly string[] = [...byName.values()]
export const allRules: readonly Rule[] = allRuleTexts.map(parseRule)
