import { isUtf8 } from 'node:buffer'
import type { Selectable } from 'kysely'
import { z } from 'zod'
import { remedyOf } from '../../ingest/decode/rejection-remedies.ts'
import type { QuarantinedForRetry, RetryOutcome } from '../../ingest/quarantine/quarantine-retry.ts'
import type { QuarantineListRow } from '../../store/records/quarantine/read-quarantine.ts'
import type { QuarantineTable } from '../../store/records/schema.ts'

const commonFields = {
  id: z.string(),
  receivedAt: z.coerce.date().describe('Time of receipt by the clock of the server.'),
  topic: z.string(),
  client: z
    .string()
    .nullable()
    .describe('MQTT client id of the sender; null where the broker does not reveal it.'),
  device: z.string().nullable(),
  kind: z.string().nullable().describe('Device kind at the time of receipt; null where it was unknown.'),
  metric: z
    .string()
    .nullable()
    .describe('Metric of a single rejected value, whose reading was stored without it; else null.'),
  reason: z.string(),
  detail: z.string().describe('What is invalid, and what is allowed.'),
  outcome: z
    .enum(['stored', 'duplicate'])
    .nullable()
    .describe('What became of it by a retry; null while it waits for one.'),
  retries: z.int(),
  retriedAt: z.coerce.date().nullable().describe('Time of the last retry.'),
  expiresAt: z.coerce.date().nullable().describe('When it will be deleted; known a week before.'),
  bytes: z.int().describe('Size of the payload.'),
}

export const quarantinedSchema = z
  .object({
    ...commonFields,
    payload: z.string().describe('Start of the payload as text, up to 2,000 bytes.'),
  })
  .meta({ id: 'Quarantined' })

export const quarantinedInFullSchema = z
  .object({
    ...commonFields,
    payload: z.string().describe('Payload in full, as sent; empty once a retry has stored it.'),
    encoding: z.enum(['text', 'base64']).describe('`base64` where the payload is not UTF-8.'),
    remedy: z.string().describe('How to fix it.'),
  })
  .meta({ id: 'QuarantinedInFull' })

export const quarantineCountSchema = z
  .object({
    reason: z.string(),
    kind: z.string().nullable(),
    count: z.int(),
    bytes: z.int().describe('Size in the records, about.'),
    oldest: z.coerce.date(),
    newest: z.coerce.date(),
  })
  .meta({ id: 'QuarantineCount' })

export const retryOutcomeSchema = z
  .object({
    id: z.string(),
    outcome: z
      .enum(['stored', 'duplicate', 'quarantined', 'unknown'])
      .describe(
        '`stored`: accepted. `duplicate`: it had been stored before. `quarantined`: still invalid. ' +
          '`unknown`: no such message waits, or it was retried before.',
      ),
    reason: z.string().exactOptional().describe('With `quarantined`: the present reason.'),
    detail: z.string().exactOptional(),
  })
  .meta({ id: 'QuarantineRetryOutcome' })

export const retryResultSchema = z
  .object({
    items: z.array(retryOutcomeSchema),
    next: z.string().nullable().describe('Send it as `cursor` to continue; null when all were retried.'),
  })
  .meta({ id: 'QuarantineRetryResult' })

type QuarantinedRow = Omit<Selectable<QuarantineTable>, 'payload' | 'bytes'>

function toCommon(row: QuarantinedRow) {
  const { id, topic, client, kind, metric, reason, detail, outcome, retries } = row
  return {
    ...{ id, topic, client, kind, metric, reason, detail, outcome, retries },
    receivedAt: row.received_at,
    device: row.device_id,
    retriedAt: row.retried_at,
    expiresAt: row.expires_at,
  }
}

export function toQuarantined(row: QuarantineListRow): z.output<typeof quarantinedSchema> {
  return { ...toCommon(row), bytes: row.payload_bytes, payload: row.excerpt.toString('utf8') }
}

export function toQuarantinedInFull(
  row: Selectable<QuarantineTable>,
): z.output<typeof quarantinedInFullSchema> {
  const { payload } = row
  const isText = isUtf8(payload)
  return {
    ...toCommon(row),
    bytes: payload.length,
    payload: payload.toString(isText ? 'utf8' : 'base64'),
    encoding: isText ? 'text' : 'base64',
    remedy: remedyOf(row.reason),
  }
}

/** Return the stored message as its sender sent it. @param at time of the retry, ms */
export function toRetry(row: Selectable<QuarantineTable>, at: number): QuarantinedForRetry {
  const { id, topic, client, reason, payload } = row
  const message = { topic, payload, ...(client !== null && { clientId: client }) }
  return { id, reason, message, receivedAt: row.received_at.getTime(), retriedAt: at }
}

export function toRetryOutcome(
  id: string,
  { is, ...why }: RetryOutcome,
): z.output<typeof retryOutcomeSchema> {
  return { id, outcome: is, ...why }
}
