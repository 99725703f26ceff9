import { tmpdir } from 'node:os'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { describeSettings, renderSettingsYaml } from './describe.ts'
import { loadSettings } from './load.ts'
import { type RawSettings, withoutNulls } from './raw-settings.ts'
import { settingsSchema } from './schema.ts'

const env = {
  MQTT_URL: 'mqtt://user:hunter2@broker:1883',
  DATABASE_URL: 'postgres://host/db?user=u&password=hunter2',
  FOREWARN_SERIES_RETENTION: '90d',
  FOREWARN_JOURNAL_MAX_BYTES: '1.5GiB',
}
const { settings, sources } = loadSettings({ env, cwd: tmpdir() })
const rows = describeSettings(settings, sources)
const row = (name: string) => rows.find((candidate) => candidate.name === name)

test('values are shown as they are written, with their source', () => {
  expect(row('series.retention')).toMatchObject({ value: '90d', source: 'FOREWARN_SERIES_RETENTION' })
  expect(row('journal.maxBytes')?.value).toBe('1536MiB')
  expect(row('ingest.oldest')).toMatchObject({ value: '2000-01-01', source: 'default' })
  expect(row('queue.redisUrl')?.value).toBeNull()
})

test('passwords are hidden', () => {
  expect(row('mqtt.url')?.value).toBe('mqtt://user:***@broker:1883')
  expect(JSON.stringify(rows) + renderSettingsYaml(rows)).not.toContain('hunter2')
})

test('the YAML is a settings file that says the same', () => {
  const yaml = renderSettingsYaml(rows)
  expect(yaml).toContain('  retention: 90d # FOREWARN_SERIES_RETENTION\n')
  const { mqtt, ...rest } = withoutNulls(parse(yaml)) as RawSettings
  const readBack = settingsSchema.parse({ ...rest, mqtt: { ...(mqtt as RawSettings), url: undefined } })
  const withoutUrls = { mqtt: { ...settings.mqtt, url: undefined }, records: {} }
  expect(readBack).toMatchObject({ ...settings, ...withoutUrls })
})
