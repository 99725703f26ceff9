import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { ExpectedError } from '../../../../lib/expected-error.ts'
import type { ConditionVariable } from '../../condition-variable.ts'
import { decode, encode } from '../../encoding.ts'
import type { RedisConnection } from '../redis-connection.ts'

/** Another process answered with an error, whose name this has in `remoteName`. */
export class RemoteError extends ExpectedError {
  override readonly name = 'RemoteError'
  readonly remoteName: string

  constructor(remoteName: string, message: string) {
    super(message)
    this.remoteName = remoteName
  }
}

/** No process answered in time: whether the request was carried out is not known. */
export class NoAnswerError extends ExpectedError {
  override readonly name = 'NoAnswerError'
}

type Reply = { value: unknown } | { error: { name: string; message: string } }

export interface CallsOptions {
  connection: RedisConnection
  /** Return the name of a key of this partition. */
  key(name: string): string
  channel: string
  /** Notifies when another process asks. */
  called: ConditionVariable
}

const defaultTimeoutMs = 10_000
const replyKeptMs = 30_000
const pollMs = 20
const servePollMs = 1_000

/** Requests from one process to the one that holds a writer of a partition, over Redis. Each is carried out at most once. */
export class Calls {
  readonly #options: CallsOptions

  constructor(options: CallsOptions) {
    this.#options = options
  }

  /**
   * Ask the holder of a writer.
   * @throws RemoteError when it answers with an error, NoAnswerError when it does not in time
   */
  async call(target: string, request: unknown, timeoutMs = defaultTimeoutMs): Promise<unknown> {
    const { connection, key, channel } = this.#options
    const id = randomUUID()
    const args = [key(`calls:${target}`), key(`call:${id}`), channel, id, encode(request), timeoutMs]
    await connection.execute((client) => client.journalRequest(args))
    const replyKey = key(`reply:${id}`)
    const endsAt = performance.now() + timeoutMs
    while (performance.now() < endsAt) {
      const packed = await connection.execute((client) => client.getdelBuffer(replyKey))
      if (packed !== null) return resultOf(decode(packed) as Reply)
      await sleep(pollMs)
    }
    throw new NoAnswerError(
      `no process answered for ${target} within ${timeoutMs / 1_000} s: is one with the role ${target} running?`,
    )
  }

  /** Answer requests to a writer until the signal aborts. @param onError called when Redis does not answer */
  async serve(
    target: string,
    handle: (request: unknown) => Promise<unknown>,
    { signal, onError }: { signal: AbortSignal; onError(error: unknown): void },
  ): Promise<void> {
    const { connection, key, called } = this.#options
    while (!signal.aborted) {
      try {
        const id = await connection.execute((client) => client.lpop(key(`calls:${target}`)))
        if (id === null) await called.wait(signal, servePollMs)
        else void this.#answer(id, handle).catch(onError)
      } catch (error) {
        if (signal.aborted) return
        onError(error)
        await sleep(servePollMs)
      }
    }
  }

  async #answer(id: string, handle: (request: unknown) => Promise<unknown>): Promise<void> {
    const { connection, key, channel } = this.#options
    const request = await connection.execute((client) => client.getdelBuffer(key(`call:${id}`)))
    // The time of its caller is over.
    if (request === null) return
    const reply: Reply = await handle(decode(request)).then(
      (value) => ({ value }),
      (error: unknown) => ({ error: toPlainError(error) }),
    )
    const args = [key(`reply:${id}`), channel, encode(reply), replyKeptMs]
    await connection.execute((client) => client.journalReply(args))
  }
}

function resultOf(reply: Reply): unknown {
  if ('error' in reply) throw new RemoteError(reply.error.name, reply.error.message)
  return reply.value
}

function toPlainError(error: unknown): { name: string; message: string } {
  return error instanceof Error
    ? { name: error.name, message: error.message }
    : { name: 'Error', message: String(error) }
}
