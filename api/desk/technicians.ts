import { type Kysely, sql, type Transaction } from 'kysely'
import type { Records } from '../../store/records/schema.ts'
import { ApiError } from '../errors.ts'
import {
  type Skill,
  type TechnicianBody,
  type TechnicianRow,
  technicianColumns,
} from '../schemas/technician.ts'

/** Return the query of technicians with their skills, for the caller to filter and sort. */
export function selectTechnicians(db: Kysely<Records>) {
  return db
    .selectFrom('technicians')
    .selectAll()
    .select((select) =>
      select
        .selectFrom('technician_skills')
        .whereRef('technician_id', '=', 'technicians.id')
        .select(
          sql<Skill[]>`coalesce(json_agg(json_build_object('skill', skill, 'kind', kind, 'model', model)
            order by skill, kind, model), '[]')`.as('skills'),
        )
        .$asScalar()
        .$notNull()
        .as('skills'),
    )
}

/** @throws ApiError `technician_not_found` */
export async function requireTechnician(db: Kysely<Records>, id: string): Promise<TechnicianRow> {
  const technician = await selectTechnicians(db).where('id', '=', id).executeTakeFirst()
  if (technician !== undefined) return technician
  throw new ApiError('technician_not_found', `No technician has the id ${JSON.stringify(id)}.`)
}

/**
 * Save a technician whose row is new or locked by the caller.
 * @throws ApiError `invalid_request` when `van` names no van
 */
export async function saveTechnician(
  trx: Transaction<Records>,
  { id, body, now }: { id: string; body: TechnicianBody; now: Date },
): Promise<void> {
  if (body.van !== null) await checkVan(trx, body.van)
  const columns = { ...technicianColumns(body), updated_at: now }
  await trx
    .insertInto('technicians')
    .values({ id, active: true, rating: null, ...columns })
    .onConflict((conflict) =>
      conflict.column('id').doUpdateSet({ ...columns, version: sql`technicians.version + 1` }),
    )
    .execute()
  await saveSkills(trx, [{ id, skills: body.skills }])
}

/** Replace the skills of each of these technicians. */
export async function saveSkills(
  trx: Transaction<Records>,
  technicians: readonly { id: string; skills: readonly Skill[] }[],
): Promise<void> {
  if (technicians.length === 0) return
  const ids = technicians.map(({ id }) => id)
  await trx.deleteFrom('technician_skills').where('technician_id', 'in', ids).execute()
  const rows = technicians.flatMap(({ id, skills }) =>
    skills.map((skill) => ({ technician_id: id, ...skill })),
  )
  if (rows.length === 0) return
  await trx
    .insertInto('technician_skills')
    .values(rows)
    .onConflict((conflict) => conflict.doNothing())
    .execute()
}

async function checkVan(trx: Transaction<Records>, van: string): Promise<void> {
  const depot = await trx.selectFrom('depots').select('kind').where('id', '=', van).executeTakeFirst()
  if (depot?.kind === 'van') return
  const what = depot === undefined ? 'there is no such depot' : 'that depot does not travel'
  throw new ApiError('invalid_request', `In the body: van: ${JSON.stringify(van)}: ${what}.`)
}
