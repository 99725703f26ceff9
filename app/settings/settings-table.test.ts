import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { packageRoot } from '../../lib/package-root.ts'
import { renderSettingsTable } from './describe.ts'
import { allSettings } from './schema.ts'

const file = join(packageRoot, 'docs', 'settings.md')
const document = readFileSync(file, 'utf8')

test('docs/settings.md has the table of all settings as they are now', async () => {
  const between = /(?<=<!-- settings -->\n).*(?=<!-- \/settings -->)/s
  expect(document).toMatch(between)
  await expect(document.replace(between, () => `${renderSettingsTable()}\n`)).toMatchFileSnapshot(file)
})

test('each setting has its own environment variable, a description and words for what is allowed', () => {
  expect(new Set(allSettings.map(({ env }) => env)).size).toBe(allSettings.length)
  for (const { description, allowed, env } of allSettings) {
    expect(description).toMatch(/\.$/)
    expect(allowed).not.toMatch(/\.$/)
    expect(env).toMatch(
      /^(FOREWARN_[A-Z_]+|MQTT_URL|DATABASE_URL|REDIS_URL|SMTP_URL|JOURNAL|JOURNAL_REDIS_URL|INFLUX_[A-Z]+)$/,
    )
  }
})
