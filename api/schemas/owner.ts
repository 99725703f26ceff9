import type { Selectable } from 'kysely'
import { z } from 'zod'
import type { OwnersTable } from '../../store/records/schema.ts'
import {
  localeField,
  locationFields,
  nameField,
  storedLocationFields,
  timeOfDayField,
  timeZoneField,
  versionField,
} from './fields.ts'

/** Fields of an owner that can be changed. */
export const ownerFields = {
  name: nameField.nullable(),
  locale: localeField,
  timeZone: timeZoneField,
  quietFrom: timeOfDayField.describe(
    "Start of quiet hours in the owner's time zone; only urgent notices are sent.",
  ),
  quietUntil: timeOfDayField.describe('End of quiet hours; equal to `quietFrom` for none.'),
  ...locationFields,
}

export const ownerSchema = z
  .object({
    id: z.string(),
    ...ownerFields,
    ...storedLocationFields,
    locale: z.string(),
    createdAt: z.date(),
    version: versionField,
  })
  .meta({ id: 'Owner', description: 'Device owner; receives the notices of their devices.' })

export function toOwner(row: Selectable<OwnersTable>): z.output<typeof ownerSchema> {
  return {
    id: row.id,
    name: row.name,
    locale: row.locale,
    timeZone: row.time_zone,
    quietFrom: row.quiet_from,
    quietUntil: row.quiet_until,
    region: row.region,
    latitude: row.latitude,
    longitude: row.longitude,
    createdAt: row.created_at,
    version: row.version,
  }
}
