import type { Selectable } from 'kysely'
import { z } from 'zod'
import type { TechniciansTable } from '../../store/records/desk-schema.ts'
import {
  idField,
  locationFields,
  nameField,
  storedLocationFields,
  timeOfDayField,
  timeZoneField,
  versionField,
} from './fields.ts'

/** Text without `;` and `:`, which separate skills in a table. */
const skillName = z
  .string()
  .min(1)
  .max(100)
  .regex(/^[^;:\s](?:[^;:]*[^;:\s])?$/, { error: 'expected a name without ; or :' })

export const skillField = z.strictObject({
  skill: skillName.describe('Skill name as used in the rules, such as `power`.'),
  kind: skillName.default('*').describe('Kind of device; `*` for all.'),
  model: skillName.default('*').describe('Model; `*` for all.'),
})

export const shiftField = z.strictObject({
  days: z
    .array(z.int().min(1).max(7))
    .min(1)
    .transform((days) => [...new Set(days)].toSorted())
    .describe('ISO days of the week: 1 is Monday.'),
  from: timeOfDayField,
  until: timeOfDayField,
})

/** Fields of a technician, replaced as a whole. */
const technicianFields = {
  name: nameField,
  ...locationFields,
  timeZone: timeZoneField.describe('Time zone of the shifts.'),
  shifts: z.array(shiftField).max(50).describe("Working hours in the technician's time zone."),
  visitsADay: z.int().min(1).max(100),
  van: idField.nullable().describe('Van (depot) of the technician.'),
  skills: z.array(skillField).max(500),
}

export const technicianBody = z
  .strictObject({
    ...technicianFields,
    region: technicianFields.region.default(null),
    latitude: technicianFields.latitude.default(null),
    longitude: technicianFields.longitude.default(null),
    van: technicianFields.van.default(null),
  })
  .refine(({ latitude, longitude }) => (latitude === null) === (longitude === null), {
    error: 'latitude and longitude belong together',
  })
  .refine(({ shifts }) => shifts.every(({ from, until }) => from !== until), {
    error: 'start and end of a shift must differ',
  })

export type TechnicianBody = z.output<typeof technicianBody>
export type Skill = z.output<typeof skillField>

export const technicianSchema = z
  .object({
    id: z.string(),
    name: z.string(),
    ...storedLocationFields,
    timeZone: z.string(),
    shifts: z.array(z.object({ days: z.array(z.int()), from: z.string(), until: z.string() })),
    visitsADay: z.int(),
    van: z.string().nullable(),
    skills: z.array(z.object({ skill: z.string(), kind: z.string(), model: z.string() })),
    rating: z.number().nullable().describe('Average owner rating, 1 to 5; null without ratings.'),
    active: z.boolean().describe('Whether the technician is proposed for tickets.'),
    updatedAt: z.date(),
    version: versionField,
  })
  .meta({ id: 'Technician' })

export type TechnicianRow = Selectable<TechniciansTable> & { skills: Skill[] }

export function toTechnician(row: TechnicianRow): z.output<typeof technicianSchema> {
  return {
    id: row.id,
    name: row.name,
    region: row.region,
    latitude: row.latitude,
    longitude: row.longitude,
    timeZone: row.time_zone,
    shifts: row.shift,
    visitsADay: row.visits_a_day,
    van: row.van_id,
    skills: row.skills,
    rating: row.rating,
    active: row.active,
    updatedAt: row.updated_at,
    version: row.version,
  }
}

/** Return the columns for the fields of a body. */
export function technicianColumns(body: Omit<TechnicianBody, 'skills'>) {
  return {
    name: body.name,
    region: body.region,
    latitude: body.latitude,
    longitude: body.longitude,
    time_zone: body.timeZone,
    shift: JSON.stringify(body.shifts),
    visits_a_day: body.visitsADay,
    van_id: body.van,
  }
}
