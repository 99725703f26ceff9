import type { Insertable } from 'kysely'
import { findingAt, makeFinding } from '../../desk/testing/findings.ts'
import type { RecordsStore } from '../../store/records/records-store.ts'
import type { NoticesTable } from '../../store/records/schema.ts'

/** Insert a notice and the finding that caused it. */
export async function insertNotice(
  db: RecordsStore['db'],
  change: { id: string } & Partial<Insertable<NoticesTable>>,
): Promise<void> {
  const { evidence, component, severity } = makeFinding()
  const finding = change.finding_id ?? `f-${change.id}`
  await db
    .insertInto('findings')
    .values({
      id: finding,
      device_id: 'rv-1',
      component,
      epoch: 0,
      rule: 'robot_vacuum.battery_worn',
      version: '1',
      state: 'raised',
      severity,
      at: new Date(findingAt),
      evidence: JSON.stringify(evidence),
    })
    .execute()
  await db
    .insertInto('notices')
    .values({
      user_id: 'u-17',
      device_id: 'rv-1',
      finding_id: finding,
      notice: 'battery_replacement',
      title: 'title',
      body: 'body',
      data: JSON.stringify({ kind: 'robot_vacuum', component, severity, at: findingAt, evidence }),
      state: 'queued',
      attempts: 0,
      created_at: new Date(findingAt),
      ...change,
    })
    .execute()
}
