import type { Kysely, Selectable } from 'kysely'
import type { Records } from '../../store/records/schema.ts'

export type OwnerAnswerRow = Pick<
  Selectable<Records['owner_answers']>,
  'notice_id' | 'action' | 'data' | 'at'
>

/** Return the answers of owners by notice id, oldest first. */
export async function ownerAnswersByNotice(
  db: Kysely<Records>,
  notices: readonly { id: string }[],
): Promise<Map<string, OwnerAnswerRow[]>> {
  const answers = new Map<string, OwnerAnswerRow[]>(notices.map(({ id }) => [id, []]))
  if (answers.size === 0) return answers
  const ids = notices.map(({ id }) => id)
  const rows = await db
    .selectFrom('owner_answers')
    .select(['notice_id', 'action', 'data', 'at'])
    .where('notice_id', 'in', ids)
    .orderBy('at')
    .orderBy('id')
    .execute()
  for (const row of rows) answers.get(row.notice_id)?.push(row)
  return answers
}
