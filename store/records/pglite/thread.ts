import { constants, cpSync, existsSync } from 'node:fs'
import { mkdir, rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { parentPort, workerData } from 'node:worker_threads'
import { PGlite } from '@electric-sql/pglite'
import { collectGarbage } from '../../../lib/collect-garbage.ts'
import { errorMessage } from '../../../lib/error-message.ts'
import { searchPath } from '../search-path.ts'
import { SessionMultiplexer } from './session-multiplexer.ts'
import { SyncedNodeFs, syncedStartParams, syncFolder, syncPath } from './synced-node-fs.ts'
import { loadTemplate } from './template.ts'
import type { ThreadData, ThreadEvent, ThreadRequest } from './thread-messages.ts'

// The thread in which PGlite runs: it is synchronous, and the event loop of the program must stay free.

if (parentPort === null) throw new TypeError('pglite-thread.ts runs as a worker thread only')
const port = parentPort
const { dir, idleInTransactionMs, template } = workerData as ThreadData

/** Header of the message that ends each response of PostgreSQL (ReadyForQuery): type byte and length. */
const readyForQuery = Buffer.from([0x5a, 0, 0, 0, 5])

/**
 * PostgreSQL's defaults would fill up over hours: 128 MB of pages, which for a small database are in the system's cache as
 * well; 8 MB of pages of temporary tables, which BullMQ creates; a file open for each table and index that was ever read or
 * vacuumed; and a sample of 30,000 rows of a table while it is analyzed (300 for each unit of the target), which
 * WebAssembly never gives back.
 */
const memoryLimits = [
  'shared_buffers=16MB',
  'temp_buffers=1MB',
  'max_files_per_process=200',
  'default_statistics_target=20',
  'maintenance_work_mem=8MB',
]

const database = await openDatabase()
await database.exec(`SET search_path TO ${searchPath}`)

const sessions = new SessionMultiplexer({
  idleInTransactionMs,
  execute,
  send: (id, bytes) => post({ type: 'data', id, bytes }),
  disconnect: (id) => post({ type: 'closed', id }),
})

port.on('message', (message: ThreadRequest) => {
  if (message.type === 'open') sessions.open(message.id)
  else if (message.type === 'data') sessions.receive(message.id, message.bytes)
  else if (message.type === 'close') sessions.close(message.id)
  else if (message.type === 'copy') post({ type: 'copied', id: message.id, ...copyDatabase(message.target) })
  else void closeDatabase()
})
// What the start has left, unpacked files above all.
await collectGarbage()
post({ type: 'ready' })

function post(message: ThreadEvent): void {
  port.postMessage(message)
}

/**
 * Return the whole response. `execProtocolRawSync` would keep each response in memory, parsed, for ever; it is needed
 * for the startup response, which the other function does not return.
 */
function execute(request: Uint8Array): Uint8Array {
  if (request[0] === 0) return database.execProtocolRawSync(request)
  const answer: Uint8Array[] = []
  const onRawData = (bytes: Uint8Array) => answer.push(bytes.slice())
  // All work is done when it returns: PostgreSQL itself has synced its log.
  void database.execProtocolRawStream(request, { syncToFs: false, onRawData })
  const bytes = Buffer.concat(answer)
  // After a failed disk write it never sends ReadyForQuery again: end the thread, so that the failure is detected.
  if (!bytes.includes(readyForQuery))
    throw new Error('PGlite stopped responding: no ReadyForQuery after a request')
  return bytes
}

/**
 * Copy the files between two statements: what the copy has beyond the last checkpoint is in its log, and is applied when
 * it is opened, as after a crash. Statements wait meanwhile.
 */
function copyDatabase(target: string): { error?: string } {
  if (dir === undefined) return { error: 'the database is in memory' }
  try {
    cpSync(join(dir, 'pgdata'), join(target, 'pgdata'), { recursive: true, mode: constants.COPYFILE_FICLONE })
    return {}
  } catch (error) {
    return { error: errorMessage(error) }
  }
}

async function openDatabase(): Promise<PGlite> {
  const limits = memoryLimits.flatMap((limit) => ['-c', limit])
  if (dir === undefined) {
    const startParams = [...PGlite.defaultStartParams, ...limits]
    return PGlite.create({ startParams, ...(await loadTemplate(template)) })
  }
  const dataDir = join(dir, 'pgdata')
  if (!existsSync(dataDir)) await createDatabase(dataDir)
  return PGlite.create({ fs: new SyncedNodeFs(dataDir), startParams: [...syncedStartParams, ...limits] })
}

/**
 * Create the database under a temporary name first: a start that is killed half way must not leave an incomplete one.
 */
async function createDatabase(dataDir: string): Promise<void> {
  const temporaryDir = `${dataDir}.new`
  await rm(temporaryDir, { recursive: true, force: true })
  await mkdir(temporaryDir)
  const database = await PGlite.create(temporaryDir, await loadTemplate(template))
  await database.close()
  await syncFolder(temporaryDir)
  await rename(temporaryDir, dataDir)
  await syncPath(dirname(dataDir))
}

async function closeDatabase(): Promise<void> {
  sessions.closeAll()
  await database.close()
  port.close()
}
