import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chown, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import pg from 'pg'
import { freePort } from './ports.ts'

export interface Postgres {
  readonly url: string
  /** Ends it and removes its folder. */
  stop(): Promise<void>
}

const run = promisify(execFile)

/**
 * A real PostgreSQL on a free loopback port, with an empty database of its own.
 * @param executable of the server, from `findPart('postgres')`
 */
export async function startPostgres(executable: string): Promise<Postgres> {
  const folder = await mkdtemp(join(tmpdir(), 'forewarn-postgres-'))
  const data = join(folder, 'data')
  const port = await freePort()
  const user = await unprivileged(folder)
  await run(...user(join(dirname(executable), 'initdb'), ['-D', data, '-U', 'forewarn', '-A', 'trust', '-N']))
  const settings = ['-p', `${port}`, '-h', '127.0.0.1', '-k', '', '-F']
  const child = spawn(...user(executable, ['-D', data, ...settings]), { stdio: 'ignore' })
  const url = `postgres://forewarn@127.0.0.1:${port}/postgres`
  await answers(url, child)
  return {
    url,
    async stop() {
      const exited = once(child, 'exit')
      // SIGINT is PostgreSQL's fast shutdown: it does not wait for clients.
      if (child.exitCode === null && child.kill('SIGINT')) await exited
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/** PostgreSQL refuses to run as root: there it runs as the user `postgres`, who then owns the folder. */
async function unprivileged(
  folder: string,
): Promise<(command: string, args: string[]) => [string, string[]]> {
  if (process.getuid?.() !== 0) return (command, args) => [command, args]
  const id = async (flag: string) => Number((await run('id', [flag, 'postgres'])).stdout)
  await chown(folder, await id('-u'), await id('-g'))
  const become = ['--reuid=postgres', '--regid=postgres', '--clear-groups', '--']
  return (command, args) => ['setpriv', [...become, command, ...args]]
}

async function answers(url: string, child: ChildProcess): Promise<void> {
  for (;;) {
    const client = new pg.Client({ connectionString: url })
    try {
      await client.connect()
      return await client.end()
    } catch (error) {
      if (child.exitCode !== null) throw error
      await sleep(50)
    }
  }
}
