import type { Selectable } from 'kysely'
import type { DevicesTable, IncidentsTable } from '../../store/records/schema.ts'

/** Devices that may have one trouble together. */
export interface Scope extends Pick<IncidentsTable, 'kind' | 'scope' | 'subject'> {}

type Place = Pick<Selectable<DevicesTable>, 'kind' | 'model' | 'firmware' | 'site'>

/** What a device shares with others, the narrowest first. */
export function scopesOf({ kind, model, firmware, site }: Place): Scope[] {
  const scopes: Scope[] = []
  if (site !== null) scopes.push({ kind, scope: 'site', subject: site })
  if (model !== null && firmware !== null) {
    scopes.push({ kind, scope: 'firmware', subject: `${model}/${firmware}` })
  }
  scopes.push({ kind, scope: 'kind', subject: kind })
  return scopes
}
