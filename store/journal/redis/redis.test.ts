import { afterAll, beforeAll, describe } from 'vitest'
import { findPart } from '../../../test/support/parts.ts'
import { type RedisServer, startRedis } from '../../../test/support/redis.ts'
import { describeJournal, type JournalLimits, type JournalRig } from '../journal.conformance.ts'
import { openRedisJournal } from './open.ts'

const executable = findPart('redis-server') ?? ''

describe.skipIf(executable === '')('a real Redis', () => {
  let server: RedisServer
  let rigs = 0
  beforeAll(async () => {
    server = await startRedis(executable, { appendfsync: 'always' })
  })
  afterAll(() => server.stop())

  async function openRig(limits: JournalLimits): Promise<JournalRig> {
    const partition = rigs++
    const open = () =>
      openRedisJournal({ url: server.url, partition, ...limits, lease: { ms: 10_000, holder: 'the test' } })
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
