import { afterAll, beforeAll, describe } from 'vitest'
import { findExecutable } from '../../../test/support/executables.ts'
import { type RedisServer, startRedis } from '../../../test/support/redis.ts'
import { describeJournal } from '../journal.conformance.ts'
import type { JournalFixture, JournalLimits } from '../testing/journal-fixture.ts'
import { openRedisJournal } from './open-redis-journal.ts'

const executable = findExecutable('redis-server') ?? ''

describe.skipIf(executable === '')('a real Redis', () => {
  let server: RedisServer
  let rigs = 0
  beforeAll(async () => {
    server = await startRedis(executable, { appendfsync: 'always' })
  })
  afterAll(() => server.stop())

  async function openRig(limits: JournalLimits): Promise<JournalFixture> {
    const partition = rigs++
    const open = () =>
      openRedisJournal({
        url: server.url,
        partition,
        ...limits,
        lease: { durationMs: 10_000, holder: 'the test' },
      })
    let journal = await open()
    return {
      journal,
      async reopen() {
        await journal.close()
        journal = await open()
        return journal
      },
      destroy: () => journal.close(),
    }
  }

  describeJournal('Redis', openRig)
})
