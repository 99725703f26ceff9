import { Cluster, type Redis } from 'ioredis'
import { createRedisClient } from './client.ts'
import { JournalNotDurableError, RedisUnavailableError, RedisUnsuitableError } from './errors.ts'
import { type CommandTimeouts, RedisConnection } from './redis-connection.ts'

/** Redis setting → required value, and what is lost otherwise. */
const requiredSettings = {
  appendonly: { value: 'yes', loss: 'everything is lost when Redis ends' },
  appendfsync: {
    value: 'always',
    loss: 'what was confirmed last is lost with the power, or with a crash of Redis',
  },
  'maxmemory-policy': { value: 'noeviction', loss: 'Redis throws entries away when memory runs short' },
} as const

interface Durability {
  /** What would be lost and how to fix it; empty when nothing would be. */
  losses: string[]
  /** Settings that Redis does not reveal; hosted services often forbid CONFIG GET. */
  unverified: string[]
}

/** Check whether a Redis keeps what it has confirmed. */
async function checkNodeDurability(redis: Redis): Promise<Durability> {
  const durability: Durability = { losses: [], unverified: [] }
  for (const [name, { value, loss }] of Object.entries(requiredSettings)) {
    const found = await readSetting(redis, name)
    if (found === undefined) durability.unverified.push(`make sure that ${name} is ${value}, else ${loss}`)
    else if (found !== value) {
      durability.losses.push(`${name} is ${found}: ${loss}; start Redis with --${name} ${value}`)
    }
  }
  return durability
}

async function readSetting(redis: Redis, name: string): Promise<string | undefined> {
  try {
    const [, value] = (await redis.config('GET', name)) as string[]
    return value
  } catch (error) {
    if (error instanceof Error && error.name === 'ReplyError') return undefined
    throw error
  }
}

/** What an opening waits for. */
export type WaitReason =
  | { for: 'redis'; cause: RedisUnavailableError }
  | { for: 'partition'; partition: number; holder: string }

export interface ConnectOptions {
  /** Of a server; several, comma-separated, are nodes of one Redis Cluster. */
  url: string
  timeouts?: CommandTimeouts
  /** `strict`, the default, rejects a Redis that may lose confirmed writes; `accept-loss` only warns. */
  durability?: 'strict' | 'accept-loss'
  /** Ends the waiting: opening then throws the signal's reason. */
  signal?: AbortSignal
  onWaiting?(waiting: WaitReason): void
  onWarning?(warning: string): void
}

const minRedisVersion = [6, 2] as const
const defaultTimeouts: CommandTimeouts = { responseMs: 2_000, totalMs: 5_000 }

/**
 * Connect, and wait for Redis while it is unavailable.
 * @throws RedisUnsuitableError when it rejects the client, is too old, or is not what the URL says
 * @throws JournalNotDurableError when it may lose confirmed writes
 */
export async function connectToRedis(options: ConnectOptions): Promise<RedisConnection> {
  const { url, timeouts = defaultTimeouts } = options
  const urls = url.split(',').map((one) => one.trim())
  validateServer(await retryWhileUnavailable(options, () => fetchServerInfo(urls, timeouts)), {
    isCluster: urls.length > 1,
  })
  const link = new RedisConnection(createRedisClient(url, timeouts.responseMs), timeouts)
  try {
    await checkDurability(link, options)
    return link
  } catch (error) {
    link.close()
    throw error
  }
}

/** What the first node says of itself. Each is asked alone: a cluster does not tell why its nodes do not answer. */
async function fetchServerInfo(urls: readonly string[], timeouts: CommandTimeouts): Promise<string> {
  const answers = urls.map(async (url) => {
    const link = new RedisConnection(createRedisClient(url, timeouts.responseMs), timeouts)
    try {
      return await link.execute((client) => client.info())
    } finally {
      link.close()
    }
  })
  try {
    return await Promise.any(answers)
  } catch (error) {
    throw error instanceof AggregateError ? error.errors[0] : error
  }
}

/** Retry until there is a reply. */
export async function retryWhileUnavailable<T>(
  { signal, onWaiting }: Pick<ConnectOptions, 'signal' | 'onWaiting'>,
  ask: () => Promise<T>,
): Promise<T> {
  for (;;) {
    signal?.throwIfAborted()
    try {
      return await ask()
    } catch (error) {
      const rejection = replyErrorOf(error)
      if (rejection)
        throw new RedisUnsuitableError(`Redis rejects the journal: ${rejection.message}`, { cause: error })
      if (!(error instanceof RedisUnavailableError)) throw error
      onWaiting?.({ for: 'redis', cause: error })
    }
  }
}

/** A wrong password closes the connection, and Redis then seems to be unavailable. */
function replyErrorOf(error: unknown): Error | undefined {
  const reason = error instanceof RedisUnavailableError ? error.cause : error
  return reason instanceof Error && reason.name === 'ReplyError' ? reason : undefined
}

function validateServer(info: string, { isCluster }: { isCluster: boolean }): void {
  const version = /^redis_version:(\S+)/m.exec(info)?.[1] ?? '0'
  const [major = 0, minor = 0] = version.split('.').map(Number)
  if (major < minRedisVersion[0] || (major === minRedisVersion[0] && minor < minRedisVersion[1])) {
    throw new RedisUnsuitableError(
      `the journal needs Redis ${minRedisVersion.join('.')} or later, and this is ${version}`,
    )
  }
  const isNode = /^cluster_enabled:1/m.test(info)
  if (isNode && !isCluster) {
    throw new RedisUnsuitableError(
      'this Redis is a node of a cluster: name several of its nodes, comma-separated',
    )
  }
  if (!isNode && isCluster)
    throw new RedisUnsuitableError('several were named, and they are no Redis Cluster')
}

async function checkDurability(link: RedisConnection, options: ConnectOptions): Promise<void> {
  const { durability = 'strict', onWarning } = options
  const found = await retryWhileUnavailable(options, () =>
    link.execute((client) => {
      const nodes = client instanceof Cluster ? client.nodes('master') : [client]
      return Promise.all(nodes.map(checkNodeDurability))
    }),
  )
  const losses = [...new Set(found.flatMap((node) => node.losses))]
  const warnings = [...new Set(found.flatMap((node) => node.unverified))]
  if (losses.length > 0 && durability === 'strict')
    throw new JournalNotDurableError(`the journal's Redis would lose what it confirms: ${losses.join('; ')}`)
  for (const warning of [...losses, ...warnings]) onWarning?.(warning)
}
