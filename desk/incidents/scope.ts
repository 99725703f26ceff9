import type { Selectable } from 'kysely'
import type { DevicesTable, IncidentsTable } from '../../store/records/schema.ts'

/** Devices that may have one trouble together. */
export interface Scope extends Pick<IncidentsTable, 'kind' | 'scope' | 'subject'> {}

/** Where a device belongs. */
export type Place = Pick<Selectable<DevicesTable>, 'kind' | 'model' | 'firmware' | 'site'>

/** What a device shares with others, the widest first. */
export function scopesOf({ kind, model, firmware, site }: Place): Scope[] {
  const scopes: Scope[] = [{ kind, scope: 'kind', subject: kind }]
  if (model !== null && firmware !== null) {
    scopes.push({ kind, scope: 'firmware', subject: `${model}/${firmware}` })
  }
  if (site !== null) scopes.push({ kind, scope: 'site', subject: site })
  return scopes
}

export function isSame(one: Scope, other: Scope): boolean {
  return one.kind === other.kind && one.scope === other.scope && one.subject === other.subject
}

export function isIn(place: Place, scope: Scope): boolean {
  return scopesOf(place).some((one) => isSame(one, scope))
}
