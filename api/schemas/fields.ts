import { z } from 'zod'
import { region } from '../../ingest/decode/field-schemas.ts'

const maxId = 200

export const idField = z.string().min(1).max(maxId)
export const nameField = z.string().trim().min(1).max(200)

export const idParams = (subject: string) => z.strictObject({ id: idField.describe(`Id of the ${subject}.`) })
export const emptyQuery = z.strictObject({})
/** A required JSON body stops pages of other origins: the browser sends a preflight request (CORS) first. */
export const emptyBody = z.strictObject({})

/** Name of the IANA time zone database that this version of Node supports. */
export const timeZoneField = z
  .string()
  .max(64)
  .refine(isTimeZone, { error: 'expected a name of the IANA time zone database such as Europe/Berlin' })
  .describe('Name of the IANA time zone database: `Europe/Berlin`.')

function isTimeZone(name: string): boolean {
  // Only some versions of Node support fixed offsets such as +01:00.
  if (!/^[A-Za-z]/.test(name)) return false
  try {
    new Intl.DateTimeFormat('en', { timeZone: name })
    return true
  } catch {
    return false
  }
}

export const timeOfDayField = z
  .string()
  .regex(/^(?:[01]\d|2[0-3]):[0-5]\d$/, { error: 'expected an hour of the day such as 07:30' })

export const localeField = z.enum(['en', 'zh-CN']).describe('Language of notices.')

/** Location of an owner, technician or depot, in requests. */
export const locationFields = {
  region: region.nullable().describe('ISO 3166 region, such as `DE` or `CN-GD`, in upper or lower case.'),
  latitude: z.number().min(-90).max(90).nullable().describe('Latitude, degrees north.'),
  longitude: z.number().min(-180).max(180).nullable().describe('Longitude, degrees east.'),
}

/** Location in responses. */
export const storedLocationFields = {
  ...locationFields,
  region: z.string().nullable().describe('ISO 3166 region, such as `DE` or `CN-GD`.'),
}

export const versionField = z.int().describe('Version, incremented on every change; the ETag starts with it.')

/** Time in a body: ISO 8601 with a zone, parsed to ms since 1970 UTC. */
export const timeField = z.iso
  .datetime({ offset: true, error: 'expected a time such as 2026-01-31T12:00:00Z' })
  .refine((text) => !Number.isNaN(Date.parse(text)), { error: 'not a valid time' })
  .transform((text) => Date.parse(text))

/** Author of a command. The program itself is `desk` and does not use HTTP. */
export const actorField = z
  .string()
  .max(maxId)
  .regex(/^(?:owner|technician|dispatcher|service_manager):\S.*$/, {
    error: 'expected who gives it: owner:<id>, technician:<id>, dispatcher:<name> or service_manager:<name>',
  })
  .describe('Who gives it: `technician:<id>`, `dispatcher:<name>`, `owner:<id>`, `service_manager:<name>`.')
