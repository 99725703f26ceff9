import { setTimeout as sleep } from 'node:timers/promises'
import { Redis } from 'ioredis'
import { freePort } from './ports.ts'
import { type RedisServer, startRedis } from './redis.ts'

export interface RedisCluster {
  /** The URLs of all nodes, comma-separated. */
  readonly url: string
  readonly nodes: readonly RedisServer[]
  /** Ends all nodes and removes their folders. */
  stop(): Promise<void>
}

const slots = 16_384

/**
 * A real Redis Cluster of masters on free loopback ports, that syncs each write.
 * @param executable of the server, from `findPart('redis-server')`
 */
export async function startRedisCluster(executable: string, size = 3): Promise<RedisCluster> {
  const nodes = await Promise.all(Array.from({ length: size }, () => startNode(executable)))
  const clients = nodes.map(({ url }) => new Redis(url))
  try {
    for (const [i, client] of clients.entries()) {
      const first = Math.floor((i * slots) / size)
      await client.cluster('ADDSLOTSRANGE', first, Math.floor(((i + 1) * slots) / size) - 1)
      // Two nodes that take the same epoch sort it out, and that takes a while.
      await client.call('CLUSTER', 'SET-CONFIG-EPOCH', i + 1)
    }
    for (const client of clients) await meet(client, nodes)
    await Promise.all(clients.map((client) => waitUntilFormed(client, size)))
  } finally {
    for (const client of clients) client.disconnect()
  }
  return {
    url: nodes.map(({ url }) => url).join(','),
    nodes,
    async stop() {
      await Promise.all(nodes.map((node) => node.stop()))
    },
  }
}

interface ClusterNode extends RedisServer {
  busPort: number
}

async function startNode(executable: string): Promise<ClusterNode> {
  const busPort = await freePort()
  const args = ['--cluster-enabled', 'yes', '--cluster-port', `${busPort}`, '--cluster-node-timeout', '2000']
  return { busPort, ...(await startRedis(executable, { appendfsync: 'always', args })) }
}

async function meet(client: Redis, nodes: readonly ClusterNode[]): Promise<void> {
  for (const { url, busPort } of nodes) {
    const { hostname, port } = new URL(url)
    await client.call('CLUSTER', 'MEET', hostname, port, busPort)
  }
}

/** Resolves when the node sees all others, and all slots served. */
async function waitUntilFormed(client: Redis, size: number): Promise<void> {
  for (;;) {
    const info = await client.cluster('INFO')
    if (info.includes('cluster_state:ok') && info.includes(`cluster_known_nodes:${size}`)) return
    await sleep(20)
  }
}
