import { Redis } from 'ioredis'
import { errorMessage } from '../../lib/error-message.ts'
import { redactUrls } from '../settings/redact.ts'
import { connectionFailure, type DoctorCheck, fail, ok, warn } from './check.ts'

const NAME = 'redis'
const TIMEOUT_MS = 5_000

/** Setting → required value, and what is lost with another one. */
const requiredSettings = [
  {
    key: 'maxmemory-policy',
    value: 'noeviction',
    grade: fail,
    else: 'Redis evicts jobs when memory is full',
  },
  { key: 'appendonly', value: 'yes', grade: warn, else: 'jobs are lost when Redis restarts' },
  {
    key: 'appendfsync',
    value: 'always',
    grade: warn,
    else: 'jobs of the last second are lost on a power failure',
  },
] as const

/** Check that Redis is available and that each of its settings makes it keep its data. */
export async function checkRedis(url: string): Promise<DoctorCheck[]> {
  const redactedUrl = redactUrls(url)
  const redis = new Redis(url, {
    lazyConnect: true,
    connectTimeout: TIMEOUT_MS,
    commandTimeout: TIMEOUT_MS,
    maxRetriesPerRequest: 0,
    retryStrategy: () => null,
  })
  // connect() rejects with "Connection is closed" only; this event has the reason.
  let reason: unknown
  redis.on('error', (error) => {
    reason = error
  })
  try {
    await redis.connect()
    const version = /redis_version:(\S+)/.exec(await redis.info('server'))?.[1] ?? 'of unknown version'
    return [ok(NAME, `${redactedUrl} answers, Redis ${version}`), ...(await checkDurabilitySettings(redis))]
  } catch (error) {
    const why = reason ?? error
    const remedy = 'start Redis, or correct REDIS_URL: its host, port and password'
    return [
      connectionFailure(why, NAME, { detail: `${redactedUrl} cannot be used: ${errorMessage(why)}`, remedy }),
    ]
  } finally {
    redis.disconnect()
  }
}

async function checkDurabilitySettings(redis: Redis): Promise<DoctorCheck[]> {
  const checks = await Promise.all(requiredSettings.map((setting) => checkSetting(redis, setting)))
  return checks.flat()
}

async function checkSetting(
  redis: Redis,
  setting: (typeof requiredSettings)[number],
): Promise<DoctorCheck[]> {
  const { key, value, grade } = setting
  const name = `${NAME} ${key}`
  try {
    const [, found] = (await redis.config('GET', key)) as string[]
    if (found === value) return [ok(name, value)]
    const remedy = `start Redis with --${key} ${value}, or: redis-cli CONFIG SET ${key} ${value}`
    return [grade(name, `it is ${found}: ${setting.else}`, remedy)]
  } catch (error) {
    // Hosted services often forbid CONFIG.
    return [warn(name, `it cannot be asked for: ${errorMessage(error)}`, `make sure that it is ${value}`)]
  }
}
