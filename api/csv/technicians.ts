import { type Kysely, sql, type Transaction } from 'kysely'
import { z } from 'zod'
import { region, technicianId } from '../../ingest/decode/field-schemas.ts'
import type { Shift } from '../../store/records/desk-schema.ts'
import type { Records } from '../../store/records/schema.ts'
import { saveSkills, selectTechnicians } from '../desk/technicians.ts'
import type { RowProblem } from '../errors.ts'
import { idField, nameField, timeZoneField } from '../schemas/fields.ts'
import { type Skill, type TechnicianRow, technicianColumns } from '../schemas/technician.ts'
import { booleanColumn, optionalNumber, optionalText, requiredText, wholeNumber } from './columns.ts'
import { coordinatesProblem } from './coordinates-problem.ts'
import type { ImportableTable } from './import-export.ts'
import { rowKey } from './import-plan.ts'
import { shiftsColumn, skillsColumn } from './technician-columns.ts'

interface TechnicianCsvRow {
  id: string
  name: string
  region: string | null
  latitude: number | null
  longitude: number | null
  timeZone: string
  shifts: Shift[]
  visitsADay: number
  van: string | null
  skills: Skill[]
  active: boolean
}

/** Technicians, by id. */
export const techniciansTable: ImportableTable<TechnicianCsvRow> = {
  key: ['id'],
  columns: {
    id: requiredText('Write an id of up to 117 characters, without spaces, /, + and #.', technicianId),
    name: requiredText('Write the name of the technician.', nameField),
    region: optionalText(region, 'Write their home area, such as DE-BE.'),
    latitude: optionalNumber(z.number().min(-90).max(90), 'Write degrees north, from -90 to 90.'),
    longitude: optionalNumber(z.number().min(-180).max(180), 'Write degrees east, from -180 to 180.'),
    timeZone: requiredText('Write the time zone of their shifts, such as Europe/Berlin.', timeZoneField),
    shifts: shiftsColumn,
    visitsADay: wholeNumber(z.int().min(1).max(100), 'required', 'Write how many visits they make a day.'),
    van: optionalText(idField, 'Write the id of the depot that travels with them.'),
    skills: skillsColumn,
    active: booleanColumn,
  },
  validateRow: coordinatesProblem,

  async findExisting(trx, rows) {
    const ids = rows.map(({ id }) => id ?? '')
    await trx
      .selectFrom('technicians')
      .select('id')
      .where('id', 'in', ids)
      .orderBy('id')
      .forUpdate()
      .execute()
    const found = await selectTechnicians(trx).where('id', 'in', ids).execute()
    return new Map(found.map((row) => [rowKey(toRow(row), ['id']), toRow(row)]))
  },

  async loadReferenceCheck(trx) {
    const depots = await trx.selectFrom('depots').select(['id', 'kind']).execute()
    const kinds = new Map(depots.map(({ id, kind }) => [id, kind]))
    return ({ van }) => (van === null ? undefined : vanProblem(kinds.get(van)))
  },

  async save(trx: Transaction<Records>, rows: readonly TechnicianCsvRow[], now: Date) {
    await trx
      .insertInto('technicians')
      .values(
        rows.map((row) => ({
          ...technicianColumns(row),
          id: row.id,
          active: row.active,
          rating: null,
          updated_at: now,
        })),
      )
      .onConflict((conflict) =>
        conflict.column('id').doUpdateSet(({ ref }) => ({
          name: ref('excluded.name'),
          region: ref('excluded.region'),
          latitude: ref('excluded.latitude'),
          longitude: ref('excluded.longitude'),
          time_zone: ref('excluded.time_zone'),
          shift: ref('excluded.shift'),
          visits_a_day: ref('excluded.visits_a_day'),
          van_id: ref('excluded.van_id'),
          active: ref('excluded.active'),
          updated_at: ref('excluded.updated_at'),
          version: sql`technicians.version + 1`,
        })),
      )
      .execute()
    await saveSkills(trx, rows)
  },

  async page(db: Kysely<Records>, after, limit) {
    const rows = await selectTechnicians(db)
      .$if(after !== undefined, (query) => query.where('id', '>', after?.id ?? ''))
      .orderBy('id')
      .limit(limit)
      .execute()
    return rows.map(toRow)
  },
}

function vanProblem(kind: 'depot' | 'van' | undefined): Omit<RowProblem, 'line'> | undefined {
  if (kind === 'van') return undefined
  const message = kind === undefined ? 'there is no such depot' : 'that depot does not travel'
  return { column: 'van', message, hint: 'Make the van known first: PUT /api/depots/{id} with kind van.' }
}

function toRow(row: TechnicianRow): TechnicianCsvRow {
  const { id, name, region, latitude, longitude, shift: shifts, skills, active } = row
  const { time_zone: timeZone, visits_a_day: visitsADay, van_id: van } = row
  return { id, name, region, latitude, longitude, timeZone, shifts, visitsADay, van, skills, active }
}
