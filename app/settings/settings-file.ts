import { existsSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { parseYamlSource, type SourcePosition, type YamlSource } from '../../lib/yaml-source.ts'
import type { Environment } from './environment.ts'
import { isMapping, type RawSettings, withoutNulls } from './raw-settings.ts'
import { type SettingSource, SettingsError } from './settings-error.ts'

const DEFAULT_FILE_NAME = 'forewarn.yaml'

export interface SettingsFile {
  /** Nested as in the file. An entry without a value counts as absent. */
  value: RawSettings
  valueAt(path: readonly PropertyKey[]): SourcePosition
  keyAt(path: readonly PropertyKey[]): SourcePosition
}

export interface FileOptions {
  env: Environment
  cwd: string
  /** Path from the command line; it has precedence over FOREWARN_CONFIG. */
  configFile?: string
}

/**
 * Read the named settings file, or `forewarn.yaml` of the working directory; undefined when there is none.
 * @throws SettingsError when a named file cannot be read, or is not a mapping in YAML
 */
export function readSettingsFile({ env, cwd, configFile }: FileOptions): SettingsFile | undefined {
  const named = configFile ?? env.FOREWARN_CONFIG
  if (!named && !existsSync(resolve(cwd, DEFAULT_FILE_NAME))) return undefined
  const source: SettingSource = configFile
    ? { from: 'option', option: '--config' }
    : { from: 'environment', variable: 'FOREWARN_CONFIG' }
  const file = named || DEFAULT_FILE_NAME
  return toSettingsFile(file, parseYamlSource(file, readText(file, cwd, source)))
}

function readText(file: string, cwd: string, source: SettingSource): string {
  try {
    return readFileSync(resolve(cwd, file), 'utf8')
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new SettingsError([{ problem: `the settings file ${file} cannot be read: ${reason}`, source }])
  }
}

function toSettingsFile(file: string, yaml: YamlSource): SettingsFile {
  if (yaml.syntax.length > 0) {
    throw new SettingsError(
      yaml.syntax.map(({ at, message }) => ({ problem: message, source: { from: 'file', ...at } })),
    )
  }
  const value = withoutNulls(yaml.value ?? {})
  if (!isMapping(value)) {
    const problem = `${file} must hold settings such as "http: { port: 8080 }"`
    throw new SettingsError([{ problem, source: { from: 'file', ...yaml.valueAt([]) } }])
  }
  return { value, valueAt: yaml.valueAt, keyAt: yaml.keyAt }
}
