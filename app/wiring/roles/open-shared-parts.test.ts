import { expect, test } from 'vitest'
import { loadSettings } from '../../settings/load.ts'
import { missingSharedParts } from './open-shared-parts.ts'

const settingsOf = (env: Record<string, string>) => loadSettings({ env, cwd: import.meta.dirname }).settings

const shared = {
  MQTT_URL: 'mqtt://broker',
  JOURNAL: 'redis',
  REDIS_URL: 'redis://redis',
  INFLUX_URL: 'http://influx',
  DATABASE_URL: 'postgres://postgres/forewarn',
}

test('a process that shares the work needs parts that all processes reach', () => {
  expect(missingSharedParts(settingsOf({ ...shared, FOREWARN_ROLES: 'rules' }))).toEqual([])
})

test.each(Object.keys(shared))('without %s it is said what is missing and how to set it', (name) => {
  const { [name as keyof typeof shared]: _, ...rest } = shared
  const problems = missingSharedParts(settingsOf({ ...rest, FOREWARN_ROLES: 'rules' }))
  expect(problems.length).toBeGreaterThan(0)
  for (const problem of problems) {
    expect(problem).toContain('roles (FOREWARN_ROLES, --roles)')
    expect(problem).toContain('or leave roles empty')
  }
  expect(problems.some((problem) => problem.includes(name))).toBe(true)
})

test('an unknown role is an error that names the roles', () => {
  expect(() => settingsOf({ FOREWARN_ROLES: 'rules,cook' })).toThrow(/ingest, series, rules, desk and api/)
})
