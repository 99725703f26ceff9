import { didYouMean } from '../../lib/did-you-mean.ts'
import { allSettings } from './schema.ts'
import type { Setting } from './setting.ts'
import type { SettingsProblem } from './settings-error.ts'

export type Environment = Readonly<Record<string, string | undefined>>

const ownPrefix = /^FOREWARN_/
/** Kubernetes describes a service named `forewarn` to its neighbours in variables like these. */
const serviceLinks = /^FOREWARN_(SERVICE_|PORT(_|$))/
const knownVariables = new Set([
  'FOREWARN_CONFIG',
  'FOREWARN_REQUIRE_PARTS',
  ...allSettings.map(({ env }) => env),
])

/** The settings that the environment sets, by name. An empty variable counts as absent. */
export function readEnvironment(env: Environment): Map<string, unknown> {
  const values = new Map<string, unknown>()
  for (const setting of allSettings) {
    const text = env[setting.env]
    if (text !== undefined && text !== '') values.set(setting.name, parseVariable(setting, text))
  }
  return values
}

/** A mistyped variable would otherwise be ignored without a word. */
export function unknownVariables(env: Environment): SettingsProblem[] {
  return Object.keys(env)
    .filter((name) => ownPrefix.test(name) && !serviceLinks.test(name) && !knownVariables.has(name))
    .map((variable) => {
      const meant = didYouMean(variable, knownVariables)
      const problem = `is not a variable of Forewarn${meant ? `; did you mean ${meant}?` : ''}`
      return { problem, source: { from: 'environment', variable } }
    })
}

/** A variable is text: it stands for a number only where text is not allowed. */
function parseVariable({ schema }: Setting, text: string): unknown {
  if (schema.safeParse(text).success) return text
  return schema.safeParse(Number(text)).success ? Number(text) : text
}
