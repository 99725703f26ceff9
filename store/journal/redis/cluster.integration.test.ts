import { Redis } from 'ioredis'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { findExecutable } from '../../../test/support/executables.ts'
import { freePort } from '../../../test/support/ports.ts'
import { type RedisCluster, startRedisCluster } from '../../../test/support/redis-cluster.ts'
import { describeJournal } from '../journal.conformance.ts'
import { alreadyAborted, entries, finding, readRetained } from '../testing/entries.ts'
import type { JournalFixture, JournalLimits } from '../testing/journal-fixture.ts'
import type { WaitReason } from './connect.ts'
import { RedisUnsuitableError } from './errors.ts'
import { partitionKeys } from './keys.ts'
import { openPartitionedRedisJournal, openRedisJournal } from './open-redis-journal.ts'

const executable = findExecutable('redis-server') ?? ''

describe.skipIf(executable === '')('a real Redis Cluster', () => {
  let cluster: RedisCluster
  let rigs = 100
  beforeAll(async () => {
    cluster = await startRedisCluster(executable)
  })
  afterAll(() => cluster.stop())

  async function openRig(limits: JournalLimits): Promise<JournalFixture> {
    const partition = rigs++
    const lease = { durationMs: 10_000, holder: 'the test' }
    const open = () => openRedisJournal({ url: cluster.url, partition, ...limits, lease })
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

  describeJournal('Redis Cluster', openRig)

  const options = {
    partitions: 6,
    maxBytes: 60_000_000,
    keepEntries: 0,
    lease: { durationMs: 10_000, holder: 'the test' },
  }

  it('has the keys of a partition on one node, and the partitions on several', async () => {
    const node = new Redis(cluster.nodes[0]?.url ?? '')
    const slots = new Set<number>()
    for (let partition = 0; partition < options.partitions; partition++) {
      const keys = Object.values(partitionKeys('forewarn', partition))
      const found = new Set(await Promise.all(keys.map((key) => node.cluster('KEYSLOT', key))))
      expect(found.size).toBe(1)
      slots.add(Math.floor(([...found][0] ?? 0) / (16_384 / 3)))
    }
    node.disconnect()
    expect(slots.size).toBeGreaterThan(1)
  })

  it('carries several partitions, and each goes on when its node was killed and is back', async () => {
    const journals = await openPartitionedRedisJournal({ ...options, url: cluster.url })
    const consumers = await Promise.all(journals.map((journal) => journal.consumer('rules', 'telemetry')))
    await Promise.all(journals.map((journal) => journal.append('telemetry', entries(0, 10))))
    await cluster.nodes[1]?.kill()
    await cluster.nodes[1]?.restart()
    await Promise.all(journals.map((journal) => journal.append('telemetry', entries(10, 20))))
    for (const [i, consumer] of consumers.entries()) {
      await consumer.commit({ cursor: 5, state: new Map([['a', i]]), findings: [finding(`${i}`)] })
      expect((await consumer.read(5, 100, alreadyAborted)).entries).toEqual(entries(5, 20))
      expect(await consumer.states(['a'])).toEqual(new Map([['a', i]]))
    }
    for (const journal of journals) expect((await readRetained(journal)).entries).toEqual(entries(0, 20))
    await Promise.all(journals.map((journal) => journal.close()))
  })

  it('is not taken for a single server', async () => {
    const [node] = cluster.nodes
    const opened = openPartitionedRedisJournal({ ...options, url: node?.url ?? '' })
    await expect(opened).rejects.toThrow(RedisUnsuitableError)
  })

  it('that is unavailable is reported with the error of its nodes', async () => {
    const url = `redis://127.0.0.1:${await freePort()},redis://127.0.0.1:${await freePort()}`
    const onWaiting = (waiting: WaitReason) => {
      throw waiting.for === 'redis' ? waiting.cause : new TypeError('no one holds it')
    }
    const timeouts = { responseMs: 200, totalMs: 300 }
    await expect(openPartitionedRedisJournal({ ...options, url, timeouts, onWaiting })).rejects.toThrow(
      'ECONNREFUSED',
    )
  })
})
