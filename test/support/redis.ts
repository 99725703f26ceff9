import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Redis } from 'ioredis'
import { freePort } from './ports.ts'
import { createRestartable, type Restartable } from './restartable.ts'

export interface RedisOptions {
  /** Further arguments, e.g. `--requirepass`, `secret`. */
  args?: readonly string[]
  /** When writes reach the disk. Without it nothing is kept. */
  appendfsync?: 'always' | 'everysec'
}

export interface RedisServer extends Restartable {
  readonly url: string
}

/**
 * A real Redis on a free loopback port, that never evicts.
 * @param executable of the server, from `findPart('redis-server')`
 */
export async function startRedis(executable: string, options: RedisOptions = {}): Promise<RedisServer> {
  const folder = await mkdtemp(join(tmpdir(), 'forewarn-redis-'))
  const port = await freePort()
  const durability =
    options.appendfsync === undefined ? [] : ['--appendonly', 'yes', '--appendfsync', options.appendfsync]
  const place = ['--port', `${port}`, '--bind', '127.0.0.1', '--dir', folder, '--save', '']
  const args = [...place, '--maxmemory-policy', 'noeviction', ...durability, ...(options.args ?? [])]

  const server = await createRestartable(folder, () => launch(executable, args, port))
  return { url: `redis://127.0.0.1:${port}`, ...server }
}

async function launch(executable: string, args: string[], port: number): Promise<ChildProcess> {
  const child = spawn(executable, args, { stdio: 'ignore' })
  for (;;) {
    const client = new Redis(port, '127.0.0.1', { lazyConnect: true, retryStrategy: () => null })
    client.on('error', () => {}) // The rejection of `connect` says the same.
    try {
      await client.connect()
      return child
    } catch (error) {
      if (child.exitCode !== null) throw error
      await sleep(20)
    } finally {
      client.disconnect()
    }
  }
}
