import { relative } from 'node:path'
import { Document, Scalar } from 'yaml'
import { z } from 'zod'
import { packageRoot } from '../../lib/package-root.ts'
import type { SettingSources } from './load.ts'
import { valueAt } from './raw-settings.ts'
import { redactUrls } from './redact.ts'
import { allSettings, type Settings, settingsSchema } from './schema.ts'
import { formatSource } from './settings-error.ts'

export interface SettingRow {
  name: string
  /** As written in a settings file, passwords hidden; null when the setting has no value. */
  value: string | number | null
  /** `default`, the environment variable, or file:line:column. */
  source: string
  env: string
  description: string
}

/** Return all effective settings, for people to read. */
export function describeSettings(settings: Settings, sources: SettingSources): SettingRow[] {
  const written = z.encode(settingsSchema, settings)
  return allSettings.map(({ name, path, env, description, secret }) => {
    const value = asScalar(valueAt(written, path))
    return {
      name,
      value: secret && value !== null ? redactUrls(String(value)) : value,
      source: formatSource(sources.get(name) ?? { from: 'default' }),
      env,
      description,
    }
  })
}

/** Format the rows as a settings file, with the source of each value as a comment. */
export function renderSettingsYaml(rows: readonly SettingRow[]): string {
  const document = new Document({})
  for (const { name, value, source } of rows) {
    const scalar = new Scalar(value)
    scalar.comment = ` ${source}`
    document.setIn(name.split('.'), scalar)
  }
  return document.toString({ lineWidth: 0, nullStr: '' })
}

function asScalar(value: unknown): string | number | null {
  return typeof value === 'string' || typeof value === 'number' ? value : null
}

/** Return the table of all settings for docs/settings.md; a test keeps the document current. */
export function renderSettingsTable(): string {
  const rows = allSettings.map(({ name, env, allowed, description, ...setting }) => [
    `\`${name}\``,
    `\`${env}\``,
    formatDefault(setting.default),
    allowed,
    description,
  ])
  const head = ['setting', 'environment variable', 'default', 'allowed', 'meaning']
  return [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n')
}

function formatDefault(value: unknown): string {
  if (value === undefined || value === '') return 'none'
  const text = String(value)
  return text.startsWith(packageRoot) ? `\`${relative(packageRoot, text)}\` of the package` : `\`${text}\``
}
