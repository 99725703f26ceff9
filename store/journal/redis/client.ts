import { Cluster, type ClusterNode, Redis } from 'ioredis'
import { defineScripts } from './scripts.ts'
import { defineSharedScripts } from './shared/scripts.ts'

const maxReconnectDelayMs = 1_000

/**
 * Create a client without retries and without an offline queue: retries are decided in one place (`redis-connection.ts`).
 * @param url of a server; several, comma-separated, are nodes of one Redis Cluster
 * @param responseTimeoutMs maximum time for a reply
 */
export function createRedisClient(url: string, responseTimeoutMs: number): Redis | Cluster {
  const urls = url.split(',').map((one) => one.trim())
  const options = {
    lazyConnect: true,
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    connectTimeout: responseTimeoutMs,
    commandTimeout: responseTimeoutMs,
    // A dead connection never confirms that it was closed.
    disconnectTimeout: reconnectDelayMs(0),
    keepAlive: 5_000,
  }
  const [only = '', ...more] = urls
  const client =
    more.length === 0
      ? new Redis(only, { ...options, enableOfflineQueue: false, retryStrategy: reconnectDelayMs })
      : createCluster(urls, options)
  defineScripts(client)
  defineSharedScripts(client)
  return client
}

interface NodeOptions {
  lazyConnect: boolean
  autoResendUnfulfilledCommands: boolean
  maxRetriesPerRequest: number
  connectTimeout: number
  commandTimeout: number
  disconnectTimeout: number
  keepAlive: number
}

function createCluster(urls: readonly string[], redisOptions: NodeOptions): Cluster {
  const parsed = urls.map((one) => new URL(one))
  const nodes: ClusterNode[] = parsed.map(({ hostname, port }) => ({
    host: hostname,
    port: Number(port || 6379),
  }))
  const access = parsed.find(({ password }) => password !== '')
  return new Cluster(nodes, {
    lazyConnect: true,
    enableOfflineQueue: false,
    retryDelayOnFailover: 0,
    clusterRetryStrategy: reconnectDelayMs,
    slotsRefreshTimeout: redisOptions.commandTimeout,
    redisOptions: {
      ...redisOptions,
      ...(access && {
        username: decodeURIComponent(access.username) || undefined,
        password: decodeURIComponent(access.password),
      }),
      ...(parsed.some(({ protocol }) => protocol === 'rediss:') && { tls: {} }),
    },
  })
}

/** Before the `times`-th new connection. */
function reconnectDelayMs(times: number): number {
  return Math.min(50 * 2 ** times, maxReconnectDelayMs)
}
