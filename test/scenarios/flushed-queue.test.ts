import { setTimeout as sleep } from 'node:timers/promises'
import { Redis } from 'ioredis'
import { expect, it, onTestFinished } from 'vitest'
import { createInstallation } from '../recovery/installation.ts'
import { findExecutable } from '../support/executables.ts'
import { startRedis } from '../support/redis.ts'

const redisServer = findExecutable('redis-server') ?? ''
// Fewer than an alarm flood.
const phones = Array.from({ length: 15 }, (_, index) => `phone-${index}`).sort()

it.skipIf(redisServer === '')(
  'a Redis of the queues that is emptied again and again while findings come costs no ticket and no notice',
  { timeout: 180_000 },
  async () => {
    const server = await startRedis(redisServer)
    onTestFinished(() => server.stop())
    const redis = new Redis(server.url)
    onTestFinished(() => redis.disconnect())
    const installation = await createInstallation({ REDIS_URL: server.url })
    await installation.start()
    let hasSent = false
    const sent = (async () => {
      for (const phone of phones) await installation.sendHot(phone)
      hasSent = true
    })()
    while (!hasSent) {
      await redis.flushall()
      await sleep(5)
    }
    await sent
    // Notices that the queue has lost are found by the next sweep.
    await installation.waitForTickets(phones, 120_000)
    const { tickets, notices } = await installation.outcome()
    expect(tickets.map(({ device }) => device).sort()).toEqual(phones)
    expect(new Set(notices).size).toBe(notices.length)
  },
)
