import { resolve } from 'node:path'
import { readEnvironment, unknownVariables } from './environment.ts'
import { setValue, valueAt } from './raw-settings.ts'
import { allSettings, type Settings, settingsSchema } from './schema.ts'
import type { Setting } from './setting.ts'
import { type SettingSource, SettingsError } from './settings-error.ts'
import { type FileOptions, readSettingsFile, type SettingsFile } from './settings-file.ts'
import { toProblems } from './zod-issues.ts'

/** Source of each value, by the name of the setting. */
export type SettingSources = ReadonlyMap<string, SettingSource>

export interface LoadedSettings {
  /** Effective values: absolute paths, durations and times in milliseconds, sizes in bytes. */
  settings: Settings
  sources: SettingSources
}

/**
 * Load the settings. The environment overrides the settings file, which overrides the defaults.
 * @throws SettingsError with all problems
 */
export function loadSettings(options: FileOptions): LoadedSettings {
  const file = readSettingsFile(options)
  const environment = readEnvironment(options.env)
  const values = structuredClone(file?.value ?? {})
  for (const { name, path } of allSettings) {
    if (environment.has(name)) setValue(values, path, environment.get(name))
  }
  const sources = new Map(allSettings.map((setting) => [setting.name, sourceOf(setting, environment, file)]))
  const problems = unknownVariables(options.env)
  const result = settingsSchema.safeParse(values)
  if (result.success && problems.length === 0) {
    return { settings: withAbsolutePaths(result.data, options.cwd), sources }
  }
  const issues = result.error?.issues ?? []
  throw new SettingsError([
    ...problems,
    ...issues.flatMap((issue) => toProblems(issue, { values, sources, file })),
  ])
}

function sourceOf(
  setting: Setting,
  environment: ReadonlyMap<string, unknown>,
  file?: SettingsFile,
): SettingSource {
  if (environment.has(setting.name)) return { from: 'environment', variable: setting.env }
  if (!file || valueAt(file.value, setting.path) === undefined) return { from: 'default' }
  return { from: 'file', ...file.valueAt(setting.path) }
}

function withAbsolutePaths(settings: Settings, cwd: string): Settings {
  const { dataDir, rules, fcm, plugins } = settings
  return {
    ...settings,
    dataDir: resolve(cwd, dataDir),
    fcm: { ...fcm, ...(fcm.serviceAccount && { serviceAccount: resolve(cwd, fcm.serviceAccount) }) },
    plugins: plugins.map((path) => resolve(cwd, path)),
    rules: {
      ...rules,
      kindsDir: rules.kindsDir.map((path) => resolve(cwd, path)),
      catalogDir: rules.catalogDir.map((path) => resolve(cwd, path)),
    },
  }
}
