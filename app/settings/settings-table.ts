import { relative } from 'node:path'
import { packageRoot } from '../../lib/package-root.ts'
import { allSettings } from './schema.ts'

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
