import { didYouMean } from '../../lib/did-you-mean.ts'
import { failpointVariable } from '../../lib/failpoint.ts'
import { allSettings } from './schema.ts'
import type { Setting } from './setting.ts'
import type { SettingsProblem } from './settings-error.ts'

export type Environment = Readonly<Record<string, string | undefined>>

const ownPrefix = /^FOREWARN_/
/** Variables that Kubernetes sets in all pods for a service named `forewarn`. */
const serviceLinks = /^FOREWARN_(SERVICE_|PORT(_|$))/
const knownVariables = new Set([
  'FOREWARN_CONFIG',
  'FOREWARN_REQUIRE_PARTS',
  failpointVariable,
  ...allSettings.map(({ env }) => env),
])

/** Return the settings that the environment sets, by name. An empty variable counts as absent. */
export function readEnvironment(env: Environment): Map<string, unknown> {
  const values = new Map<string, unknown>()
  for (const setting of allSettings) {
    const text = env[setting.env]
    if (text !== undefined && text !== '') values.set(setting.name, parseVariable(setting, text))
  }
  return values
}

/** Report unknown variables: a mistyped one would otherwise be ignored silently. */
export function unknownVariables(env: Environment): SettingsProblem[] {
  return Object.keys(env)
    .filter((name) => ownPrefix.test(name) && !serviceLinks.test(name) && !knownVariables.has(name))
    .map((variable) => {
      const meant = didYouMean(variable, knownVariables)
      const problem = `is not a variable of Forewarn${meant ? `; did you mean ${meant}?` : ''}`
      return { problem, source: { from: 'environment', variable } }
    })
}

/** Convert a variable to a number only where the setting does not allow text. */
function parseVariable({ schema }: Setting, text: string): unknown {
  if (schema.safeParse(text).success) return text
  return schema.safeParse(Number(text)).success ? Number(text) : text
}
