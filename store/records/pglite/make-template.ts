import { existsSync } from 'node:fs'
import { rename, writeFile } from 'node:fs/promises'
import { PGlite } from '@electric-sql/pglite'
import { templatePath } from './template.ts'

// Build step: create the empty database that new databases start from, once for each version of PGlite.

const path = templatePath()
if (!existsSync(path)) {
  const database = await PGlite.create()
  const dump = await database.dumpDataDir('gzip')
  await database.close()
  // Under a temporary name first: a build that is killed half way, or runs twice at once, leaves no broken template.
  const temporaryPath = `${path}.${process.pid}`
  await writeFile(temporaryPath, Buffer.from(await dump.arrayBuffer()))
  await rename(temporaryPath, path)
}
