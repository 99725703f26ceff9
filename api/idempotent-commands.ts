import { createHash } from 'node:crypto'
import type { FastifyRequest } from 'fastify'
import { type Kysely, sql, type Transaction } from 'kysely'
import { z } from 'zod'
import type { Records } from '../store/records/schema.ts'
import { ApiError, errorDefinitions } from './errors.ts'
import { entityTag } from './etag.ts'
import { PROBLEM_CONTENT_TYPE as PROBLEM, toProblem } from './problem.ts'

/** Headers of a command. */
export const commandHeaders = z.looseObject({
  'idempotency-key': z
    .string()
    .min(1)
    .max(200)
    .optional()
    .describe(
      'Unique key chosen by the client, one per command. Repeating the request with the same key has no further effect and returns the first response.',
    ),
})

/** Headers of a command that may require a version. */
export const versionedHeaders = z.looseObject({
  'if-match': z
    .string()
    .max(200)
    .optional()
    .describe('ETag of the version the change is based on; 412 if the resource has changed since.'),
})

/** Result of a command. A body that has a `version` gets an entity tag. */
export interface CommandResult<B extends object> {
  /** Default: 200. */
  status?: number
  body: B
}

type Request = Pick<FastifyRequest, 'method' | 'url' | 'headers' | 'body'>

/** Part of a reply that does not depend on the response type of its route. */
interface Reply {
  statusCode: number
  header(name: string, value: string): unknown
  type(contentType: string): unknown
  serializer(serialize: (body: unknown) => string): unknown
}

interface CommandExchange {
  request: Request
  reply: Reply
}

/** As text, because the database does not keep the order of fields. */
interface StoredResponse {
  text: string
  tag?: string
}

/** Age at which the process of a claim must have ended: no request takes that long. */
const claimTimeoutMs = 5 * 60_000

interface IdempotentCommandsOptions {
  records: Kysely<Records>
  now: () => number
}

/** Run commands, each with one effect however often it is requested with the same `Idempotency-Key`. */
export class IdempotentCommands {
  /** Errors of an idempotency key. */
  static readonly errorCodes = ['idempotency_key_reused', 'idempotency_key_in_use'] as const

  readonly #records: Kysely<Records>
  readonly #now: () => number

  constructor({ records, now }: IdempotentCommandsOptions) {
    this.#records = records
    this.#now = now
  }

  /**
   * Run a command that changes the records alone. Its effect and its stored response are one transaction; another request
   * with the same key waits for it. A rejection is stored too, a failure is not.
   * @throws ApiError `idempotency_key_reused`
   */
  async runInTransaction<B extends object>(
    { request, reply }: CommandExchange,
    effect: (trx: Transaction<Records>) => Promise<CommandResult<B>>,
  ): Promise<B> {
    const key = idempotencyKey(request)
    if (key === undefined)
      return sendOutcome(reply, toOutcome(await this.#records.transaction().execute(effect)))
    const settled = await this.#records.transaction().execute(async (trx) => {
      await lockKey(trx, key)
      const before = await findStoredOutcome<B>(trx, key, request)
      if (before !== undefined && before.status !== pendingStatus) return before
      const fresh = await runInSavepoint(trx, effect)
      const row = { key, request: requestHash(request), at: new Date(this.#now()), ...toColumns(fresh) }
      await trx.insertInto('idempotency_keys').values(row).execute()
      return fresh
    })
    return sendOutcome(reply, settled)
  }

  /**
   * Run a command whose effect is outside the records, in the journal or a queue. The key is claimed first and gets its
   * response afterwards; when the process ends in between, the claim expires after five minutes.
   * @throws ApiError `idempotency_key_reused`, `idempotency_key_in_use`
   */
  async runWithClaim<B extends object>(
    { request, reply }: CommandExchange,
    effect: () => Promise<CommandResult<B>>,
  ): Promise<B> {
    const key = idempotencyKey(request)
    if (key === undefined) return sendOutcome(reply, toOutcome(await effect()))
    const before = await this.#claim<B>(key, request)
    if (before !== undefined) return sendOutcome(reply, before)
    const mine = this.#records.updateTable('idempotency_keys').where('key', '=', key)
    try {
      const settled = await captureRejection(effect)
      await mine.set(toColumns(settled)).execute()
      return sendOutcome(reply, settled)
    } catch (error) {
      await this.#records
        .deleteFrom('idempotency_keys')
        .where('key', '=', key)
        .where('status', '=', pendingStatus)
        .execute()
      throw error
    }
  }

  /** @returns the stored response, if any */
  #claim<B extends object>(key: string, request: Request): Promise<CommandOutcome<B> | undefined> {
    return this.#records.transaction().execute(async (trx) => {
      await lockKey(trx, key)
      const before = await findStoredOutcome<B>(trx, key, request)
      const at = new Date(this.#now())
      if (before !== undefined && before.status !== pendingStatus) return before
      if (before !== undefined && at.getTime() - before.at.getTime() < claimTimeoutMs)
        throw new ApiError('idempotency_key_in_use', `The request with the key ${key} is not done yet.`)
      const claim = { status: pendingStatus, response: 'null', request: requestHash(request), at }
      await trx
        .insertInto('idempotency_keys')
        .values({ key, ...claim })
        .onConflict((conflict) => conflict.column('key').doUpdateSet(claim))
        .execute()
      return undefined
    })
  }
}

/** Status of a key without a response yet. */
const pendingStatus = 0

/** Outcome of a command: its result, or the problem for which it was rejected. */
interface CommandOutcome<B extends object> {
  status: number
  body: B | object
  etag?: string
  /** Whether it is the stored response to an earlier request with the same key. */
  replayed?: boolean
}

function idempotencyKey({ headers }: Request): string | undefined {
  const key = headers['idempotency-key']
  return Array.isArray(key) ? key[0] : key
}

/** Return the fingerprint that two equal requests share. `If-Match` is part of it. */
function requestHash({ method, url, headers, body }: Request): string {
  const hash = createHash('sha256').update(JSON.stringify([method, url, headers['if-match'] ?? null]))
  return hash.update(Buffer.isBuffer(body) ? body : JSON.stringify(body ?? null)).digest('hex')
}

async function lockKey(trx: Transaction<Records>, key: string): Promise<void> {
  await sql`select pg_advisory_xact_lock(hashtextextended(${`idempotency/${key}`}, 0))`.execute(trx)
}

async function findStoredOutcome<B extends object>(
  trx: Transaction<Records>,
  key: string,
  request: Request,
): Promise<(CommandOutcome<B> & { at: Date }) | undefined> {
  const row = await trx.selectFrom('idempotency_keys').selectAll().where('key', '=', key).executeTakeFirst()
  if (row === undefined) return undefined
  if (row.request !== requestHash(request))
    throw new ApiError('idempotency_key_reused', `The key ${key} came with another request before.`)
  // Only `toColumns` writes it; null before the response.
  const response = row.response as StoredResponse | null
  const { status, at } = row
  return {
    status,
    at,
    body: JSON.parse(response?.text ?? '{}'),
    ...(response?.tag && { etag: response.tag }),
    replayed: true,
  }
}

/** Run an effect that leaves no change when it is rejected. */
async function runInSavepoint<B extends object>(
  trx: Transaction<Records>,
  effect: (trx: Transaction<Records>) => Promise<CommandResult<B>>,
): Promise<CommandOutcome<B>> {
  await sql`savepoint command`.execute(trx)
  return captureRejection(
    () => effect(trx),
    () => sql`rollback to savepoint command`.execute(trx),
  )
}

async function captureRejection<B extends object>(
  effect: () => Promise<CommandResult<B>>,
  undo: () => Promise<unknown> = async () => {},
): Promise<CommandOutcome<B>> {
  try {
    return toOutcome(await effect())
  } catch (error) {
    if (!(error instanceof ApiError) || errorDefinitions[error.code].status >= 500) throw error
    await undo()
    return { status: errorDefinitions[error.code].status, body: toProblem(error) }
  }
}

function toOutcome<B extends object>({ status = 200, body }: CommandResult<B>): CommandOutcome<B> {
  const tag =
    'version' in body && typeof body.version === 'number' ? entityTag(body.version, body) : undefined
  return { status, body, ...(tag && { etag: tag }) }
}

function toColumns({ status, body, etag }: CommandOutcome<object>) {
  return {
    status,
    response: JSON.stringify({
      text: JSON.stringify(body),
      ...(etag && { tag: etag }),
    } satisfies StoredResponse),
  }
}

/** Send a problem, or a stored response that was checked against the schema of its route, unchanged. */
function sendOutcome<B extends object>(reply: Reply, { status, body, etag, replayed }: CommandOutcome<B>): B {
  reply.statusCode = status
  reply.type(status >= 400 ? PROBLEM : 'application/json; charset=utf-8')
  if (etag !== undefined) reply.header('etag', etag)
  if (replayed) reply.header('idempotent-replayed', 'true')
  if (replayed || status >= 400) reply.serializer((plain) => JSON.stringify(plain))
  return body as B
}
