import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { findExecutable } from '../../../test/support/executables.ts'
import { eventually } from '../../../test/support/program.ts'
import { type RedisServer, startRedis } from '../../../test/support/redis.ts'
import { proxyTargetOf, startTcpProxy, type TcpProxy } from '../../../test/support/tcp-proxy.ts'
import { type Journal, JournalWriteError } from '../journal.ts'
import { entries, finding, readRetained } from '../testing/entries.ts'
import { RedisUnavailableError } from './errors.ts'
import { openRedisJournal } from './open-redis-journal.ts'

const executable = findExecutable('redis-server') ?? ''

describe.skipIf(executable === '')('under load, whatever becomes of Redis', () => {
  let server: RedisServer
  let proxy: TcpProxy
  let partition = 0

  beforeAll(async () => {
    server = await startRedis(executable, { appendfsync: 'always' })
    proxy = await startTcpProxy(proxyTargetOf(server.url))
  })
  afterAll(async () => {
    await proxy.stop()
    await server.stop()
  })

  const open = () =>
    openRedisJournal({
      url: proxy.url('redis'),
      partition,
      maxBytes: 1_000_000_000,
      keepEntries: 1_000_000,
      lease: { durationMs: 60_000, holder: 'the test' },
      timeouts: { responseMs: 150, totalMs: 400 },
    })

  it.each([
    { fault: 'it is killed', strike: () => server.kill(), repair: () => server.restart() },
    { fault: 'it is paused', strike: () => server.pause(), repair: () => server.resume() },
    { fault: 'it is cut off', strike: () => proxy.cut(), repair: () => proxy.heal() },
    { fault: 'nothing arrives any more', strike: () => proxy.halfOpen(), repair: () => proxy.heal() },
    { fault: 'its answers come too late', strike: () => proxy.delay(200), repair: () => proxy.heal() },
  ])('all is there in order, once, and state fits its cursor: $fault', async ({ strike, repair }) => {
    partition += 1
    const journal = await open()
    const load = new Load(journal)
    const running = load.run()
    for (const isLong of [false, true, false, true]) {
      await load.goesOn()
      await strike()
      if (isLong) await load.isRejected()
      await repair()
    }
    await load.goesOn()
    load.stop()
    await running
    await load.verify(journal)
    await journal.close()
    const reopened = await open()
    await load.verify(reopened)
    await reopened.close()
  })
})

/** Appends as devices do, each again until it is acknowledged, and a consumer that adds up what it reads. */
class Load {
  readonly #journal: Journal
  readonly #stopping = new AbortController()
  #head = 0
  #cursor = 0
  #sum = 0
  #commits = 0
  #rejected = 0

  constructor(journal: Journal) {
    this.#journal = journal
  }

  async run(): Promise<void> {
    await Promise.all([this.#produce(), this.#consume()])
  }

  stop(): void {
    this.#stopping.abort()
  }

  async goesOn(): Promise<void> {
    const [head, commits] = [this.#head, this.#commits]
    await eventually(async () => (this.#head > head + 20 && this.#commits > commits + 2) || undefined)
  }

  async isRejected(): Promise<void> {
    const before = this.#rejected
    await eventually(async () => this.#rejected > before + 1 || undefined)
  }

  async verify(journal: Journal): Promise<void> {
    const consumer = await journal.consumer('sum', 'telemetry')
    expect((await readRetained(journal)).entries).toEqual(entries(0, this.#head))
    expect(await journal.tally()).toEqual({ stored: this.#head })
    expect(await consumer.cursor()).toBe(this.#cursor)
    expect(await consumer.states(['sum'])).toEqual(new Map([['sum', this.#sum]]))
    expect((await consumer.deadLetters()).map(({ offset }) => offset)).toEqual([this.#commits - 1])
    const found: string[] = []
    for await (const batch of journal.scan('findings', 0)) found.push(...batch.entries.map(({ id }) => id))
    expect(found).toEqual(Array.from({ length: this.#commits }, (_, i) => `${i}`))
  }

  async #produce(): Promise<void> {
    for (let size = 1; !this.#stopping.signal.aborted; size = (size % 7) + 1) {
      const next = this.#head + size
      const some = entries(this.#head, next)
      await this.#untilDone(() => this.#journal.append('telemetry', some, { tally: { stored: size } }))
      this.#head = next
    }
  }

  async #consume(): Promise<void> {
    const consumer = await this.#untilDone(() => this.#journal.consumer('sum', 'telemetry'))
    const { signal } = this.#stopping
    while (!signal.aborted) {
      const batch = await this.#untilDone(() => consumer.read(this.#cursor, 50, signal))
      if (batch.entries.length === 0) continue
      await this.#untilDone(async () => {
        const sum = (await consumer.states(['sum'])).get('sum') ?? 0
        await consumer.commit({
          cursor: batch.next,
          state: new Map([['sum', Number(sum) + batch.entries.length]]),
          findings: [finding(`${this.#commits}`)],
          deadLetters: [
            {
              offset: this.#commits,
              entry: batch.entries[0] ?? { type: 'tick', at: 0 },
              error: '',
              attempts: 1,
              at: 0,
            },
          ],
          resolvedDeadLetters: [this.#commits - 1],
        })
      })
      this.#cursor = batch.next
      this.#sum += batch.entries.length
      this.#commits += 1
    }
  }

  async #untilDone<T>(work: () => Promise<T>): Promise<T> {
    for (;;) {
      try {
        return await work()
      } catch (error) {
        if (!(error instanceof JournalWriteError || error instanceof RedisUnavailableError)) throw error
        this.#rejected += 1
      }
    }
  }
}
