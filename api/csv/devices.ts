import { z } from 'zod'
import type { Device } from '../../contract/device.ts'
import {
  type DeviceRegistration,
  RegistrationRejectedError,
} from '../../ingest/acceptance/device-registration.ts'
import { idPattern } from '../../ingest/decode/parse-topic.ts'
import { shortText } from '../../ingest/decode/zod-rejection.ts'
import { ApiError } from '../errors.ts'
import { optionalText, optionalTimeColumn, requiredText } from './columns.ts'
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
}

const shortTextHint = 'Write up to 128 characters.'
const key = ['id'] as const

/** Devices, by id. */
export const devicesTable: TableShape<DeviceRow> & ExportableTable<DeviceRow> = {
  key,
  columns: {
    id: requiredText(
      'Write up to 128 characters, without spaces, /, + and #: it is part of an MQTT topic.',
      z.string().regex(idPattern, { error: 'cannot be part of a topic' }),
    ),
    kind: requiredText('Write a kind of device, such as washing_machine.', shortText),
    model: optionalText(shortText, shortTextHint),
    firmware: optionalText(shortText, shortTextHint),
    owner: optionalText(shortText, 'Write the id of the user who gets the notices.'),
    site: optionalText(shortText, shortTextHint),
    region: optionalText(shortText, 'Write a region such as DE or CN-GD.'),
    inUseSince: optionalTimeColumn,
  },

  async page(db, after, limit) {
    const devices = await db
      .selectFrom('devices')
      .selectAll()
      .$if(after !== undefined, (query) => query.where('id', '>', after?.id ?? ''))
      .orderBy('id')
      .limit(limit)
      .execute()
    return devices.map(
      ({ id, kind, model, firmware, owner_id: owner, site, region, in_use_since: since }) => {
        return { id, kind, model, firmware, owner, site, region, inUseSince: since?.getTime() ?? null }
      },
    )
  },
}

/**
 * Register the devices of a file: all of them, or none when one has a problem. A field that the file leaves empty keeps
 * its value: the device may have reported it.
 */
export async function importDevices(
  registration: DeviceRegistration,
  { bytes, dryRun }: { bytes: Buffer; dryRun: boolean },
): Promise<ImportPlan<DeviceRow>> {
  const { rows, problems } = await parseCsvTable(bytes, devicesTable)
  if (problems.length > 0) return { rows: rows.length, new: [], changed: [], unchanged: 0, problems }
  const existing = new Map<string, DeviceRow>()
  for (const { values } of rows) {
    const known = registration.find(values.id ?? '')
    if (known !== undefined) existing.set(rowKey<DeviceRow>(known, key), deviceToRow(known))
  }
  const parsedRows = rows.map(({ line, values }) => ({ line, values: withoutNull(values) }))
  const check = (row: DeviceRow) => {
    const rejection = registration.rejectionOf(rowToDevice(row))
    if (rejection === undefined) return undefined
    const { field: column, detail: message } = rejection
    return { column, message, hint: devicesTable.columns[column].hint }
  }
  const plan = planImport(parsedRows, { ...devicesTable, existing, check })
  if (plan.problems.length === 0)
    await registerDevices(registration, [...plan.new, ...plan.changed].map(rowToDevice), dryRun)
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

function deviceToRow({ id, kind, model, firmware, owner, site, region, inUseSince }: Device): DeviceRow {
  return {
    id,
    kind,
    model: model ?? null,
    firmware: firmware ?? null,
    owner: owner ?? null,
    site: site ?? null,
    region: region ?? null,
    inUseSince: inUseSince ?? null,
  }
}

function rowToDevice({ id, kind, ...more }: DeviceRow): Device {
  return { id, kind, ...withoutNull(more) }
}

function withoutNull<T extends object>(fields: T) {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== null)) as {
    [K in keyof T]?: NonNullable<T[K]>
  }
}
