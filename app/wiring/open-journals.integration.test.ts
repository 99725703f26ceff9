import { tmpdir } from 'node:os'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { silentLogger } from '../../lib/logging/logger.ts'
import { findExecutable } from '../../test/support/executables.ts'
import { type RedisServer, startRedis } from '../../test/support/redis.ts'
import { StartupError } from '../doctor/startup-checks.ts'
import { loadSettings } from '../settings/load.ts'
import { type OpenJournalsOptions, openJournals } from './open-journals.ts'

const executable = findExecutable('redis-server') ?? ''

function opened(env: Record<string, string>, options: Partial<OpenJournalsOptions> = {}) {
  const { settings } = loadSettings({ env: { JOURNAL: 'redis', ...env }, cwd: tmpdir() })
  return openJournals(settings, { newId: () => 'the test', warn: () => undefined, ...options })
}

test('a journal in Redis needs to know which', async () => {
  await expect(opened({})).rejects.toThrow(StartupError)
})

describe.skipIf(executable === '')('a journal in a real Redis', () => {
  let server: RedisServer
  beforeAll(async () => {
    server = await startRedis(executable, { appendfsync: 'always' })
  })
  afterAll(() => server.stop())

  test('is for one opening; another one is refused, or waits and says for whom', async () => {
    const env = { REDIS_URL: server.url, FOREWARN_JOURNAL_PARTITIONS: '2' }
    const first = await opened(env)
    expect(first).toHaveLength(2)
    const another = { newId: () => 'another' }
    await expect(opened(env, another)).rejects.toThrow(/partition 0 .* in use by .*\(the test\)/)
    const waited: string[] = []
    const warn = (text: string) => {
      waited.push(text)
      for (const journal of first) void journal.close()
    }
    const waiting = { signal: new AbortController().signal, log: { ...silentLogger, warn } }
    const next = await opened(env, { ...another, startupWait: waiting })
    expect(waited[0]).toMatch(/^waiting: partition 0 .* takes over/)
    await Promise.all(next.map((journal) => journal.close()))
  })
})
