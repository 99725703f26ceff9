import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { chown, mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import pg from 'pg'
import { freePort } from './ports.ts'
import { createRestartable, type Restartable } from './restartable.ts'

export interface Postgres extends Restartable {
  readonly url: string
}

const run = promisify(execFile)

/**
 * A real PostgreSQL on a free loopback port, with an empty database of its own.
 * @param executable of the server, from `findPart('postgres')`
 * @param place an empty folder for its data; without it a temporary one
 */
export async function startPostgres(executable: string, place?: string): Promise<Postgres> {
  const folder = place ?? (await mkdtemp(join(tmpdir(), 'forewarn-postgres-')))
  const data = join(folder, 'data')
  const port = await freePort()
  const user = await createUnprivilegedCommand(folder)
  await run(...user(join(dirname(executable), 'initdb'), ['-D', data, '-U', 'forewarn', '-A', 'trust', '-N']))
  // -F: without fsync. What it has written survives the end of its processes, and nothing here fails the machine.
  const settings = ['-D', data, '-p', `${port}`, '-h', '127.0.0.1', '-k', '', '-F']
  const url = `postgres://forewarn@127.0.0.1:${port}/postgres`
  const launch = async () => {
    const child = spawn(...user(executable, settings), { stdio: 'ignore' })
    await waitUntilConnectable(url, child)
    return child
  }
  // SIGINT is PostgreSQL's fast shutdown: it does not wait for clients.
  return { url, ...(await createRestartable(folder, launch, 'SIGINT')) }
}

/** PostgreSQL refuses to run as root: there it runs as the user `postgres`, who then owns the folder. */
async function createUnprivilegedCommand(
  folder: string,
): Promise<(command: string, args: string[]) => [string, string[]]> {
  if (process.getuid?.() !== 0) return (command, args) => [command, args]
  const id = async (flag: string) => Number((await run('id', [flag, 'postgres'])).stdout)
  await chown(folder, await id('-u'), await id('-g'))
  const become = ['--reuid=postgres', '--regid=postgres', '--clear-groups', '--']
  return (command, args) => ['setpriv', [...become, command, ...args]]
}

async function waitUntilConnectable(url: string, child: ChildProcess): Promise<void> {
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
