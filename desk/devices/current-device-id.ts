import type { Kysely } from 'kysely'
import type { Records } from '../../store/records/schema.ts'

/** Return the id under which a device is recorded now: its own, or the one that it was renamed to. */
export async function currentDeviceId(db: Kysely<Records>, id: string): Promise<string> {
  return (await currentDeviceIds(db, [id])).get(id) ?? id
}

/** Return the ids under which devices are recorded now, by the ids given, for those that were renamed. */
export async function currentDeviceIds(
  db: Kysely<Records>,
  ids: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const renamedTo = new Map<string, string>()
  for (let next = new Set(ids); next.size > 0; ) {
    const rows = await db
      .selectFrom('devices')
      .select(['id', 'renamed_to'])
      .where('id', 'in', [...next])
      .where('renamed_to', 'is not', null)
      .execute()
    for (const { id, renamed_to } of rows) if (renamed_to !== null) renamedTo.set(id, renamed_to)
    next = new Set(rows.flatMap(({ renamed_to }) => renamed_to ?? []).filter((id) => !renamedTo.has(id)))
  }
  return new Map(ids.flatMap((id) => (renamedTo.has(id) ? [[id, follow(renamedTo, id)]] : [])))
}

/** Follow renames to the last id; where they form a circle, to the one that comes round again. */
function follow(renamedTo: ReadonlyMap<string, string>, id: string): string {
  const seen = new Set<string>()
  let current = id
  for (;;) {
    const next = renamedTo.get(current)
    if (next === undefined || seen.has(current)) return current
    seen.add(current)
    current = next
  }
}
