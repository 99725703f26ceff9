import { z } from 'zod'
import { setting } from './settings/setting.ts'
import { textList } from './settings/value-types.ts'

/** What a process can do, where several share the work. */
export const roleNames = ['ingest', 'series', 'rules', 'desk', 'api'] as const
export type Role = (typeof roleNames)[number]

const roleName = z.string().regex(new RegExp(`^(${roleNames.join('|')})$`))

export const roles = setting(textList(roleName).prefault(''), {
  env: 'FOREWARN_ROLES',
  allowed: 'a list of ingest, series, rules, desk and api; in the environment separated by commas',
  description:
    'What this process does, where several processes share the work, see docs/deployment.md. Empty: everything, alone.',
})

/** Return the roles of these settings; none where one process does everything. */
export function rolesFrom(settings: { roles: readonly string[] }): ReadonlySet<Role> {
  return new Set(roleNames.filter((role) => settings.roles.includes(role)))
}
