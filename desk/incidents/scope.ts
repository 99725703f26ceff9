import type { Selectable } from 'kysely'
import type { DevicesTable, IncidentsTable } from '../../store/records/schema.ts'

/** Set of devices that may share a cause. */
export interface IncidentScope extends Pick<IncidentsTable, 'kind' | 'scope' | 'subject'> {}

/** Fields of a device that determine its scopes. */
export type DeviceScopeKeys = Pick<Selectable<DevicesTable>, 'kind' | 'model' | 'firmware' | 'site'>

/** Return the scopes of a device, widest first. */
export function incidentScopesOf({ kind, model, firmware, site }: DeviceScopeKeys): IncidentScope[] {
  const scopes: IncidentScope[] = [{ kind, scope: 'kind', subject: kind }]
  if (model !== null && firmware !== null) {
    scopes.push({ kind, scope: 'firmware', subject: `${model}/${firmware}` })
  }
  if (site !== null) scopes.push({ kind, scope: 'site', subject: site })
  return scopes
}

export function isSameScope(one: IncidentScope, other: IncidentScope): boolean {
  return one.kind === other.kind && one.scope === other.scope && one.subject === other.subject
}

/** Return a unique key of a scope. */
export function scopeKey({ kind, scope, subject }: IncidentScope): string {
  return JSON.stringify([kind, scope, subject])
}
