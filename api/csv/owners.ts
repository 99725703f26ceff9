import type { Kysely, Selectable, Transaction } from 'kysely'
import { sql } from 'kysely'
import { z } from 'zod'
import { ownerId, region } from '../../ingest/decode/field-schemas.ts'
import type { OwnersTable, Records } from '../../store/records/schema.ts'
import { localeField, nameField, timeOfDayField, timeZoneField } from '../schemas/fields.ts'
import { optionalNumber, optionalText, requiredText, textWithDefault } from './columns.ts'
import { coordinatesProblem } from './coordinates-problem.ts'
import type { ImportableTable } from './import-export.ts'
import { rowKey } from './import-plan.ts'

interface OwnerRow {
  id: string
  name: string | null
  locale: string
  timeZone: string
  quietFrom: string
  quietUntil: string
  region: string | null
  latitude: number | null
  longitude: number | null
}

const hourHint = 'Write an hour of the day such as 07:30.'

/** Owners, by id. */
export const ownersTable: ImportableTable<OwnerRow> = {
  key: ['id'],
  columns: {
    id: requiredText('Write the id that devices name as their owner.', ownerId),
    name: optionalText(nameField, 'Write a name of up to 200 characters.'),
    locale: textWithDefault<string>('en', localeField, 'Write en or zh-CN.'),
    timeZone: textWithDefault('UTC', timeZoneField, 'Write a name such as Europe/Berlin.'),
    quietFrom: textWithDefault('22:00', timeOfDayField, hourHint),
    quietUntil: textWithDefault('07:00', timeOfDayField, hourHint),
    region: optionalText(region, 'Write a region such as DE or CN-GD.'),
    latitude: optionalNumber(z.number().min(-90).max(90), 'Write degrees north, from -90 to 90.'),
    longitude: optionalNumber(z.number().min(-180).max(180), 'Write degrees east, from -180 to 180.'),
  },
  validateRow: coordinatesProblem,

  async findExisting(trx, rows) {
    const owners = await trx
      .selectFrom('owners')
      .selectAll()
      .where(
        'id',
        'in',
        rows.map(({ id }) => id ?? ''),
      )
      .orderBy('id')
      .forUpdate()
      .execute()
    return new Map(owners.map((owner) => [rowKey(toRow(owner), ['id']), toRow(owner)]))
  },

  async save(trx: Transaction<Records>, rows: readonly OwnerRow[], now: Date) {
    await trx
      .insertInto('owners')
      .values(
        rows.map(({ timeZone, quietFrom, quietUntil, ...same }) => ({
          ...same,
          time_zone: timeZone,
          quiet_from: quietFrom,
          quiet_until: quietUntil,
          created_at: now,
        })),
      )
      .onConflict((conflict) =>
        conflict.column('id').doUpdateSet((excluded) => ({
          name: excluded.ref('excluded.name'),
          locale: excluded.ref('excluded.locale'),
          time_zone: excluded.ref('excluded.time_zone'),
          quiet_from: excluded.ref('excluded.quiet_from'),
          quiet_until: excluded.ref('excluded.quiet_until'),
          region: excluded.ref('excluded.region'),
          latitude: excluded.ref('excluded.latitude'),
          longitude: excluded.ref('excluded.longitude'),
          version: sql`owners.version + 1`,
        })),
      )
      .execute()
  },

  async page(db: Kysely<Records>, after, limit) {
    const owners = await db
      .selectFrom('owners')
      .selectAll()
      .$if(after !== undefined, (query) => query.where('id', '>', after?.id ?? ''))
      .orderBy('id')
      .limit(limit)
      .execute()
    return owners.map(toRow)
  },
}

function toRow(owner: Selectable<OwnersTable>): OwnerRow {
  const { id, name, locale, region, latitude, longitude } = owner
  const { time_zone: timeZone, quiet_from: quietFrom, quiet_until: quietUntil } = owner
  return { id, name, locale, timeZone, quietFrom, quietUntil, region, latitude, longitude }
}
