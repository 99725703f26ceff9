import { existsSync } from 'node:fs'
import { rename, writeFile } from 'node:fs/promises'
import { PGlite } from '@electric-sql/pglite'
import { templatePath } from './template.ts'

// A step of the build: makes the empty database that new ones begin with, once for each version of PGlite.

const path = templatePath()
if (!existsSync(path)) {
  const database = await PGlite.create()
  const dump = await database.dumpDataDir('gzip')
  await database.close()
  // Under another name first: a build that is killed half way, or runs twice at once, leaves none that is broken.
  const temporaryPath = `${path}.${process.pid}`
  await writeFile(temporaryPath, Buffer.from(await dump.arrayBuffer()))
  await rename(temporaryPath, path)
}
