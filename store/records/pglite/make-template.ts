import { createHash } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PGlite } from '@electric-sql/pglite'
import { runMigrations } from 'bullmq'
import { migrationNames } from '../migrate.ts'
import { openRecords } from '../records-store.ts'
import { recordsTemplatePath, templatePath } from './template.ts'

// Build step: create the databases that new ones start from: an empty one, and one with the tables of records and queues.

const emptyPath = templatePath()
if (!existsSync(emptyPath)) await writeDump(emptyPath, await PGlite.create())

const recordsPath = recordsTemplatePath(migrationNames)
const inputsPath = `${recordsPath}.inputs`
const inputs = await hashMigrations()
if (!existsSync(recordsPath) || !existsSync(inputsPath) || readFileSync(inputsPath, 'utf8') !== inputs) {
  const dir = await mkdtemp(join(tmpdir(), 'forewarn-template-'))
  try {
    await createRecords(dir)
    await writeDump(recordsPath, await PGlite.create(join(dir, 'pgdata')))
    await writeFile(inputsPath, inputs)
  } finally {
    await rm(dir, { recursive: true })
  }
}

async function createRecords(dir: string): Promise<void> {
  const { pool, close } = await openRecords({
    dir,
    template: emptyPath,
    onError: (error) => {
      throw error
    },
  })
  const client = await pool.connect()
  try {
    await runMigrations(client)
  } finally {
    client.release()
    await close()
  }
}

async function writeDump(path: string, database: PGlite): Promise<void> {
  const dump = await database.dumpDataDir('gzip')
  await database.close()
  // Under a temporary name first: a build that is killed half way, or runs twice at once, leaves no broken template.
  const temporaryPath = `${path}.${process.pid}`
  await writeFile(temporaryPath, Buffer.from(await dump.arrayBuffer()))
  await rename(temporaryPath, path)
}

/** Return a hash of the migrations as they are built: one that is still being written keeps its name. */
async function hashMigrations(): Promise<string> {
  const folder = join(import.meta.dirname, '..', 'migrations')
  const hash = createHash('sha256')
  for (const name of (await readdir(folder)).sort()) hash.update(await readFile(join(folder, name)))
  return hash.digest('hex')
}
