import { Redis } from 'ioredis'
import { messageOf } from '../../lib/errors.ts'
import { redact } from '../settings/redact.ts'
import { type Check, fail, ok, unusable, warn } from './check.ts'

const NAME = 'redis'
const PATIENCE_MS = 5_000

/** Setting → the value it must have, and what is lost otherwise. */
const needed = [
  {
    key: 'maxmemory-policy',
    value: 'noeviction',
    grade: fail,
    else: 'Redis throws jobs away when memory runs short',
  },
  { key: 'appendonly', value: 'yes', grade: warn, else: 'jobs are lost when Redis ends' },
  {
    key: 'appendfsync',
    value: 'always',
    grade: warn,
    else: 'the jobs of the last second are lost with the power',
  },
] as const

/** Whether Redis answers and, if so, whether each of its settings is such that it keeps what it is given. */
export async function checkRedis(url: string): Promise<Check[]> {
  const shown = redact(url)
  const redis = new Redis(url, {
    lazyConnect: true,
    connectTimeout: PATIENCE_MS,
    commandTimeout: PATIENCE_MS,
    maxRetriesPerRequest: 0,
    retryStrategy: () => null,
  })
  // connect() rejects with "Connection is closed" alone: the reason comes this way.
  let reason: unknown
  redis.on('error', (error) => {
    reason = error
  })
  try {
    await redis.connect()
    const version = /redis_version:(\S+)/.exec(await redis.info('server'))?.[1] ?? 'of unknown version'
    return [ok(NAME, `${shown} answers, Redis ${version}`), ...(await checkKept(redis))]
  } catch (error) {
    const why = reason ?? error
    const mend = 'start Redis, or correct REDIS_URL: its host, port and password'
    return [unusable(why, NAME, { detail: `${shown} cannot be used: ${messageOf(why)}`, mend })]
  } finally {
    redis.disconnect()
  }
}

async function checkKept(redis: Redis): Promise<Check[]> {
  const checks = await Promise.all(needed.map((setting) => checkSetting(redis, setting)))
  return checks.flat()
}

async function checkSetting(redis: Redis, setting: (typeof needed)[number]): Promise<Check[]> {
  const { key, value, grade } = setting
  const name = `${NAME} ${key}`
  try {
    const [, found] = (await redis.config('GET', key)) as string[]
    if (found === value) return [ok(name, value)]
    const mend = `start Redis with --${key} ${value}, or: redis-cli CONFIG SET ${key} ${value}`
    return [grade(name, `it is ${found}: ${setting.else}`, mend)]
  } catch (error) {
    // Hosted services often forbid CONFIG.
    return [warn(name, `it cannot be asked for: ${messageOf(error)}`, `make sure that it is ${value}`)]
  }
}
