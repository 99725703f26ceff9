import { z } from 'zod'
import type { Device } from '../../contract/device.ts'
import {
  type DeviceRegistration,
  RegistrationRejectedError,
} from '../../ingest/acceptance/device-registration.ts'
import { deviceId, ownerId, region } from '../../ingest/decode/field-schemas.ts'
import { shortText } from '../../ingest/decode/zod-rejection.ts'
import { withoutNull } from '../../lib/without-null.ts'
import { ApiError } from '../errors.ts'
import { type Column, optionalText, optionalTimeColumn, requiredText } from './columns.ts'
import type { ExportableTable } from './import-export.ts'
import { type ImportPlan, planImport, rowKey } from './import-plan.ts'
import { parseCsvTable, type TableShape } from './parse-table.ts'

interface DeviceRow {
  id: string
  kind: string
  model: string | null
  firmware: string | null
  owner: string | null
  site: string | null
  region: string | null
  inUseSince: number | null
  retired: boolean | null
}

const shortTextHint = 'Write up to 128 characters, or - for none.'
/** Words for a value that is removed, because an empty cell keeps it. Stored as an empty text until the row is complete. */
const noValue = /^(?:-|none)$/i

/** Create a column of optional text in which a word removes the value. */
function clearableText(schema: z.ZodType<string, string>, hint: string): Column<string | null> {
  const cell = z.string().transform((text, context) => {
    if (noValue.test(text)) return ''
    const parsed = schema.safeParse(text)
    if (parsed.success) return parsed.data
    context.addIssue({ code: 'custom', message: parsed.error.issues[0]?.message ?? 'is not valid' })
    return z.NEVER
  })
  return optionalText(cell, hint)
}

/** Whether the device is in use; an empty cell leaves it as it is. */
const retiredColumn: Column<boolean | null> = {
  schema: z.enum(['true', 'false']).transform((text) => text === 'true'),
  write: (value) => String(value === true),
  empty: { value: null },
  hint: 'Write true or false.',
}
const key = ['id'] as const

/** Devices, by id. */
export const devicesTable: TableShape<DeviceRow> & ExportableTable<DeviceRow> = {
  key,
  columns: {
    id: requiredText(
      'Write up to 128 characters, without spaces, /, + and #: it is part of an MQTT topic.',
      deviceId,
    ),
    kind: requiredText('Write a kind of device, such as washing_machine.', shortText),
    model: clearableText(shortText, shortTextHint),
    firmware: clearableText(shortText, shortTextHint),
    owner: clearableText(ownerId, 'Write the id of the user who gets the notices, or - for no owner.'),
    site: clearableText(shortText, shortTextHint),
    region: clearableText(region, 'Write a region such as DE or CN-GD, or - for none.'),
    inUseSince: optionalTimeColumn,
    retired: retiredColumn,
  },

  async page(db, after, limit) {
    const devices = await db
      .selectFrom('devices')
      .selectAll()
      .$if(after !== undefined, (query) => query.where('id', '>', after?.id ?? ''))
      // The ids that renamed devices had before.
      .where('renamed_to', 'is', null)
      .orderBy('id')
      .limit(limit)
      .execute()
    return devices.map(
      ({ id, kind, model, firmware, owner_id: owner, site, region, in_use_since: since, retired_at }) => {
        const inUseSince = since?.getTime() ?? null
        return { id, kind, model, firmware, owner, site, region, inUseSince, retired: retired_at !== null }
      },
    )
  },
}

/**
 * Register the devices of a file: all of them, or none when one has a problem. A field that the file leaves empty keeps
 * its value, because the device may have reported it; `-` or `none` removes it.
 * @param now ms since 1970 UTC
 */
export async function importDevices(
  registration: DeviceRegistration,
  { bytes, dryRun, now }: { bytes: Buffer; dryRun: boolean; now: number },
): Promise<ImportPlan<DeviceRow>> {
  const { rows, problems } = await parseCsvTable(bytes, devicesTable)
  if (problems.length > 0) return { rows: rows.length, new: [], changed: [], unchanged: 0, problems }
  const existing = new Map<string, DeviceRow>()
  for (const { values } of rows) {
    const known = registration.find(values.id ?? '')
    if (known !== undefined) existing.set(rowKey<DeviceRow>({ id: known.id }, key), deviceToRow(known))
  }
  const parsedRows = rows.map(({ line, values }) => ({ line, values: withoutNull(values) }))
  const toDevice = (row: DeviceRow) => rowToDevice(row, registration.find(row.id), now)
  const check = (row: DeviceRow) => {
    const rejection = registration.rejectionOf(toDevice(row))
    if (rejection === undefined) return undefined
    const { field: column, detail: message } = rejection
    return { column, message, hint: devicesTable.columns[column].hint }
  }
  const plan = planImport(parsedRows, { ...devicesTable, existing, check })
  if (plan.problems.length === 0)
    await registerDevices(registration, [...plan.new, ...plan.changed].map(toDevice), dryRun)
  return plan
}

/** @throws ApiError `command_rejected` when there would be too many devices */
async function registerDevices(
  registration: DeviceRegistration,
  devices: readonly Device[],
  dryRun: boolean,
): Promise<void> {
  try {
    registration.validate(devices)
    if (!dryRun) await registration.register(devices)
  } catch (error) {
    if (!(error instanceof RegistrationRejectedError)) throw error
    throw new ApiError('command_rejected', `${error.message}.`)
  }
}

function deviceToRow(device: Device): DeviceRow {
  const { id, kind, model, firmware, owner, site, region, inUseSince, retired } = device
  return {
    id,
    kind,
    model: model ?? null,
    firmware: firmware ?? null,
    owner: owner ?? null,
    site: site ?? null,
    region: region ?? null,
    inUseSince: inUseSince ?? null,
    retired: retired !== undefined,
  }
}

function rowToDevice(
  { id, kind, retired: isRetired, ...more }: DeviceRow,
  known: Device | undefined,
  now: number,
): Device {
  const fields = Object.entries(withoutNull(more)).filter(([, value]) => value !== '')
  const retired = isRetired ? (known?.retired ?? { at: now, by: 'operator' }) : undefined
  return { id, kind, ...Object.fromEntries(fields), ...(retired && { retired }) }
}
