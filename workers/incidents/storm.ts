import { type RawBuilder, sql, type Transaction } from 'kysely'
import type { Finding } from '../../rules/finding.ts'
import type { Records } from '../../store/records/schema.ts'
import type { Scope } from './scope.ts'

/** Findings of one rule are near each other within this span of event time, to either side. */
const nearMs = 3_600_000
/** So many devices may raise the same near each other: each gets its ticket. */
const fewDevices = 20
/** In a large fleet: this share of its devices. */
const usualShare = 0.02

/** A scope in which more devices raised the same than is usual. */
export interface Storm extends Scope {
  /** So many would have been usual. */
  threshold: number
}

/** Raised by the same rule at about the same time; the finding itself is one of them. */
export function near({ rule, at }: Finding): RawBuilder<boolean> {
  return sql<boolean>`
    findings.rule = ${rule} and findings.state = 'raised' and not findings.shadow
    and findings.at between ${new Date(at - nearMs)} and ${new Date(at + nearMs)}`
}

/** The devices that share this, for queries over `devices`. */
export function within({ kind, scope, subject }: Scope): RawBuilder<boolean> {
  switch (scope) {
    case 'site':
      return sql<boolean>`(devices.kind = ${kind} and devices.site = ${subject})`
    case 'firmware':
      return sql<boolean>`(devices.kind = ${kind} and devices.model || '/' || devices.firmware = ${subject})`
    case 'kind':
      return sql<boolean>`(devices.kind = ${kind})`
  }
}

/** Whether there is anything near that could be a storm: one short query, for it is asked with every raised finding. */
export async function isBusy(trx: Transaction<Records>, finding: Finding): Promise<boolean> {
  const more = await trx
    .selectFrom('findings')
    .select('id')
    .where(near(finding))
    .offset(fewDevices)
    .limit(1)
    .executeTakeFirst()
  return more !== undefined
}

/** The narrowest of these scopes in which it storms. */
export async function stormIn(
  trx: Transaction<Records>,
  finding: Finding,
  scopes: readonly Scope[],
): Promise<Storm | undefined> {
  for (const scope of scopes) {
    const raised = await devicesRaising(trx, finding, scope)
    if (raised <= fewDevices) continue
    const threshold = Math.max(fewDevices, Math.ceil(usualShare * (await devicesWithin(trx, scope))))
    if (raised > threshold) return { ...scope, threshold }
  }
  return undefined
}

/** What is part of an incident of another scope is accounted for. */
async function devicesRaising(trx: Transaction<Records>, finding: Finding, scope: Scope): Promise<number> {
  const { count } = await trx
    .selectFrom('findings')
    .innerJoin('devices', 'devices.id', 'findings.device_id')
    .leftJoin('incidents', 'incidents.id', 'findings.incident_id')
    .select(sql<number>`count(distinct findings.device_id)::int`.as('count'))
    .where(near(finding))
    .where(within(scope))
    .where((is) =>
      is.or([
        is('incidents.id', 'is', null),
        is.and({ 'incidents.scope': scope.scope, 'incidents.subject': scope.subject }),
      ]),
    )
    .executeTakeFirstOrThrow()
  return count
}

export async function devicesWithin(trx: Transaction<Records>, scope: Scope): Promise<number> {
  const { count } = await trx
    .selectFrom('devices')
    .select(sql<number>`count(*)::int`.as('count'))
    .where(within(scope))
    .executeTakeFirstOrThrow()
  return count
}
