import { z } from 'zod'
import type { Device } from '../../contract/device.ts'
import { type Enrolment, EnrolmentRefusedError } from '../../ingest/acceptance/enrolment.ts'
import { word } from '../../ingest/decode/shape.ts'
import { idPattern } from '../../ingest/decode/topic.ts'
import { ApiError } from '../errors.ts'
import { optionalText, optionalTime, requiredText } from './columns.ts'
import { nameOf, type Plan, planOf } from './plan.ts'
import { readTable, type TableShape } from './read-table.ts'
import type { ExportedTable } from './records-table.ts'

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

const short = 'Write up to 128 characters.'
const key = ['id'] as const

/** Devices, by id. */
export const devicesTable: TableShape<DeviceRow> & ExportedTable<DeviceRow> = {
  key,
  columns: {
    id: requiredText(
      'Write up to 128 characters, without spaces, /, + and #: it is part of an MQTT topic.',
      z.string().regex(idPattern, { error: 'cannot be part of a topic' }),
    ),
    kind: requiredText('Write a kind of device, such as washing_machine.', word),
    model: optionalText(word, short),
    firmware: optionalText(word, short),
    owner: optionalText(word, 'Write the id of the user who gets the notices.'),
    site: optionalText(word, short),
    region: optionalText(word, 'Write a region such as DE or CN-GD.'),
    inUseSince: optionalTime,
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
 * Makes the devices of a file known: all of them, or none where one has a problem. What a file leaves empty stays as it
 * is: a device may have said it of itself.
 */
export async function importDevices(
  enrolment: Enrolment,
  { bytes, dryRun }: { bytes: Buffer; dryRun: boolean },
): Promise<Plan<DeviceRow>> {
  const { rows, problems } = await readTable(bytes, devicesTable)
  if (problems.length > 0) return { rows: rows.length, new: [], changed: [], unchanged: 0, problems }
  const existing = new Map<string, DeviceRow>()
  for (const { given } of rows) {
    const known = enrolment.known(given.id ?? '')
    if (known !== undefined) existing.set(nameOf<DeviceRow>(known, key), rowOf(known))
  }
  const said = rows.map(({ line, given }) => ({ line, given: withoutNull(given) }))
  const check = (row: DeviceRow) => {
    const message = enrolment.refusal(deviceOf(row))
    return message === undefined
      ? undefined
      : { column: 'kind', message, hint: devicesTable.columns.kind.hint }
  }
  const plan = planOf(said, { ...devicesTable, existing, check })
  if (plan.problems.length === 0) await enrol(enrolment, [...plan.new, ...plan.changed].map(deviceOf), dryRun)
  return plan
}

/** @throws ApiError `command_refused` when there would be too many */
async function enrol(enrolment: Enrolment, devices: readonly Device[], dryRun: boolean): Promise<void> {
  try {
    enrolment.check(devices)
    if (!dryRun) await enrolment.announce(devices)
  } catch (error) {
    if (!(error instanceof EnrolmentRefusedError)) throw error
    throw new ApiError('command_refused', `${error.message}.`)
  }
}

function rowOf({ id, kind, model, firmware, owner, site, region, inUseSince }: Device): DeviceRow {
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

function deviceOf({ id, kind, ...more }: DeviceRow): Device {
  return { id, kind, ...withoutNull(more) }
}

function withoutNull<T extends object>(fields: T) {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== null)) as {
    [K in keyof T]?: NonNullable<T[K]>
  }
}
