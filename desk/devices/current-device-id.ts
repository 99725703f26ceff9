import type { Kysely } from 'kysely'
import type { Records } from '../../store/records/schema.ts'

/** Return the id under which a device is recorded now: its own, or the one that it was renamed to. */
export async function currentDeviceId(db: Kysely<Records>, id: string): Promise<string> {
  const seen = new Set<string>()
  let current = id
  while (!seen.has(current)) {
    seen.add(current)
    const device = await db
      .selectFrom('devices')
      .select('renamed_to')
      .where('id', '=', current)
      .executeTakeFirst()
    if (device?.renamed_to == null) return current
    current = device.renamed_to
  }
  return current
}
