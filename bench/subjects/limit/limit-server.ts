import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { open } from 'lmdb'
import type { Subject } from '../subject.ts'

/** The least that a server can do which acknowledges only what is on disk. */
export const limitServer: Subject = {
  name: 'limit server',
  description: 'parse MQTT, commit the payload to LMDB, acknowledge',
  takesAnnouncements: false,
  async start() {
    const dir = await mkdtemp(join(tmpdir(), 'forewarn-bench-limit-'))
    const server = fork(new URL('./limit-server-process.ts', import.meta.url), [dir])
    const [{ port }]: [{ port: number }] = (await once(server, 'message')) as [{ port: number }]
    return {
      port,
      historyStart: Date.now(),
      pids: [server.pid ?? 0],
      sample: async () => ({}),
      drained: () => askCommitted(server),
      async stop() {
        server.send('stop')
        await once(server, 'exit')
        const readings = countPayloads(dir)
        await rm(dir, { recursive: true, force: true })
        return { readings, where: 'the payloads in its LMDB file, opened again' }
      },
    }
  },
}

async function askCommitted(server: ChildProcess): Promise<number> {
  server.send('committed')
  const [{ committed }] = (await once(server, 'message')) as [{ committed: number }]
  return committed
}

function countPayloads(dir: string): number {
  const database = open<Buffer, number>({ path: dir, encoding: 'binary', readOnly: true })
  let count = 0
  for (const { value } of database.getRange()) {
    for (const line of value.toString('latin1').split('\n')) if (line.startsWith('{')) count += 1
  }
  void database.close()
  return count
}
