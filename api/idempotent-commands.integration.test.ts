import { beforeEach, expect, test } from 'vitest'
import { deleteExpiredIdempotencyKeys } from '../store/records/idempotency-key-retention.ts'
import type { RecordsStore } from '../store/records/records-store.ts'
import { deleteAllRecords } from '../store/records/testing/delete-all-records.ts'
import { describeEachDatabase } from '../store/records/testing/describe-each-database.ts'
import { ApiError } from './errors.ts'
import { IdempotentCommands } from './idempotent-commands.ts'
import { now } from './testing/fixtures.ts'

function asked(key: string | undefined, body: unknown = {}, headers = {}) {
  const told = { status: 200, headers: new Map<string, string>() }
  const reply = {
    set statusCode(status: number) {
      told.status = status
    },
    header: (name: string, value: string) => told.headers.set(name, value),
    type: (value: string) => told.headers.set('content-type', value),
    serializer: () => undefined,
  }
  const request = { method: 'POST', url: '/x', body, headers: { 'idempotency-key': key, ...headers } }
  return {
    told,
    asked: { request, reply } as unknown as Parameters<IdempotentCommands['runInTransaction']>[0],
  }
}

describeEachDatabase('commands', (records: () => RecordsStore) => {
  let commands: IdempotentCommands
  let at = now
  beforeEach(async () => {
    await deleteAllRecords(records())
    at = now
    commands = new IdempotentCommands({ records: records().db, now: () => at })
  })

  async function restock(key: string | undefined, body: unknown = {}, headers = {}) {
    const { told, asked: request } = asked(key, body, headers)
    const answer = await commands.runInTransaction(request, async (trx) => {
      const depot = { id: 'd-1', name: 'D', kind: 'depot' as const, updated_at: new Date(now) }
      await trx
        .insertInto('depots')
        .values({ ...depot, region: null, latitude: null, longitude: null })
        .onConflict((conflict) =>
          conflict.column('id').doUpdateSet((is) => ({ version: is('depots.version', '+', 1) })),
        )
        .execute()
      const { version } = await trx.selectFrom('depots').select('version').executeTakeFirstOrThrow()
      return { body: { version, at: new Date(now) } }
    })
    return { answer, ...told }
  }
  const version = async () =>
    (await records().db.selectFrom('depots').select('version').execute())[0]?.version

  test('without a key each has its effect', async () => {
    await restock(undefined)
    await restock(undefined)
    expect(await version()).toBe(2)
  })

  test('the same request with the same key has one effect and one answer', async () => {
    const first = await restock('k')
    const again = await restock('k')
    expect(await version()).toBe(1)
    expect(JSON.stringify(again.answer)).toBe(JSON.stringify(first.answer))
    expect(again.headers.get('etag')).toBe(first.headers.get('etag'))
    expect(again.headers.get('idempotent-replayed')).toBe('true')
  })

  test('twenty at once have one effect', async () => {
    const answers = await Promise.all(Array.from({ length: 20 }, () => restock('k')))
    expect(await version()).toBe(1)
    expect(new Set(answers.map(({ answer }) => JSON.stringify(answer))).size).toBe(1)
    expect(answers.filter(({ headers }) => headers.has('idempotent-replayed'))).toHaveLength(19)
  })

  test.each([
    ['another body', { other: true }, {}],
    ['another version seen', {}, { 'if-match': '"7"' }],
  ])('%s with the same key is refused', async (_what, body, headers) => {
    await restock('k')
    await expect(restock('k', body, headers)).rejects.toMatchObject({ code: 'idempotency_key_reused' })
    expect(await version()).toBe(1)
  })

  test('what is refused leaves nothing but its refusal', async () => {
    let tries = 0
    const refuse = () => {
      const { told, asked: request } = asked('k')
      return commands
        .runInTransaction(request, async (trx) => {
          tries += 1
          await trx
            .insertInto('owners')
            .values({ id: 'u-1', created_at: new Date(now) })
            .execute()
          throw new ApiError('command_rejected', 'It is closed.')
        })
        .then((answer) => ({ answer, ...told }))
    }
    const first = await refuse()
    const again = await refuse()
    for (const { answer, status } of [first, again]) {
      expect(answer).toMatchObject({ code: 'command_rejected', detail: 'It is closed.' })
      expect(status).toBe(409)
    }
    expect(tries).toBe(1)
    expect(await records().db.selectFrom('owners').select('id').execute()).toEqual([])
  })

  test('a failure is not remembered', async () => {
    const { asked: request } = asked('k')
    const failing = commands.runInTransaction(request, async () => {
      throw new Error('the disk is full')
    })
    await expect(failing).rejects.toThrow('the disk is full')
    await restock('k')
    expect(await version()).toBe(1)
  })

  test('an answer is remembered for a day', async () => {
    await restock('k')
    await deleteExpiredIdempotencyKeys(records().db, new Date(now + 24 * 3_600_000))
    await restock('k')
    expect(await version()).toBe(1)
    await deleteExpiredIdempotencyKeys(records().db, new Date(now + 24 * 3_600_000 + 1))
    await restock('k')
    expect(await version()).toBe(2)
  })

  test('outside the records, one at a time has its effect', async () => {
    let done = 0
    let finish = () => {}
    const begun = new Promise<void>((begin) => {
      finish = begin
    })
    const claim = (effect: () => Promise<void>) =>
      commands.runWithClaim(asked('k').asked, async () => {
        await effect()
        done += 1
        return { body: { done } }
      })
    const first = claim(() => begun)
    await expect
      .poll(() => records().db.selectFrom('idempotency_keys').select('key').execute())
      .toHaveLength(1)
    await expect(claim(async () => {})).rejects.toMatchObject({ code: 'idempotency_key_in_use' })
    finish()
    expect(await first).toEqual({ done: 1 })
    expect(await claim(async () => {})).toEqual({ done: 1 })
  })

  test('a claim whose process ended is given up, and one that failed at once', async () => {
    const { db } = records()
    const failing = commands.runWithClaim(asked('k').asked, async () => {
      throw new Error('away')
    })
    await expect(failing).rejects.toThrow('away')
    expect(await db.selectFrom('idempotency_keys').select('key').execute()).toEqual([])
    const hanging = commands.runWithClaim(asked('k').asked, () => new Promise<{ body: object }>(() => {}))
    void hanging
    await expect.poll(() => db.selectFrom('idempotency_keys').select('key').execute()).toHaveLength(1)
    at += 5 * 60_000
    expect(await commands.runWithClaim(asked('k').asked, async () => ({ body: { done: true } }))).toEqual({
      done: true,
    })
  })
})
