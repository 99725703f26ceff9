import type { z } from 'zod'
import { didYouMean } from '../../lib/did-you-mean.ts'
import { valueAt } from './raw-settings.ts'
import { redactUrls } from './redact.ts'
import { allSettings } from './schema.ts'
import type { Setting } from './setting.ts'
import type { SettingSource, SettingsProblem } from './settings-error.ts'
import type { SettingsFile } from './settings-file.ts'

type Issue = z.core.$ZodIssue
type Path = readonly PropertyKey[]

export interface IssueContext {
  /** Validated values: the settings file, overridden by the environment. */
  values: unknown
  sources: ReadonlyMap<string, SettingSource>
  file: SettingsFile | undefined
}

const sections = new Set(allSettings.flatMap(({ path }) => path.slice(0, -1)))
const suggestions = [...allSettings.map(({ name }) => name), ...sections]

/** Convert issues of the schema to problems with the description of the setting. */
export function toProblems(issue: Issue, context: IssueContext): SettingsProblem[] {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => unknownKey([...issue.path, key], context))
  }
  const setting = allSettings.find(({ path }) => path.every((step, depth) => step === issue.path[depth]))
  return [setting ? invalidValue(setting, context) : notASection(issue.path, context)]
}

function unknownKey(path: Path, { file }: IssueContext): SettingsProblem {
  const setting = path.join('.')
  const meant = didYouMean(setting, suggestions)
  const problem = `is not a setting${meant ? `; did you mean ${meant}?` : ''}`
  return { setting, problem, source: fileSource(file?.keyAt(path)) }
}

function invalidValue(setting: Setting, { values, sources }: IssueContext): SettingsProblem {
  const value = valueAt(values, setting.path)
  return {
    setting: setting.name,
    value: setting.secret ? redactUrls(String(value)) : JSON.stringify(value),
    problem: `but must be ${setting.allowed}`,
    source: sources.get(setting.name) ?? { from: 'default' },
  }
}

function notASection(path: Path, { values, file }: IssueContext): SettingsProblem {
  return {
    setting: path.join('.'),
    value: JSON.stringify(valueAt(values, path)),
    problem: 'but must be a section with settings of its own',
    source: fileSource(file?.valueAt(path)),
  }
}

function fileSource(at: ReturnType<SettingsFile['valueAt']> | undefined): SettingSource {
  return at ? { from: 'file', ...at } : { from: 'default' }
}
