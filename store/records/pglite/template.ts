import { createHash } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { packageRoot } from '../../../lib/package-root.ts'

/**
 * Return where the build puts an empty database, as a tar: unpacking it takes a third of the time of `initdb`. It
 * belongs to one version of PGlite, and is named after it.
 */
export function templatePath(): string {
  return join(packageRoot, 'dist', `pglite-${dependencyVersion('@electric-sql/pglite')}.tar.gz`)
}

/**
 * Return where the build puts a database with the tables of the records and of the queues, as a tar: making them takes most
 * of the first start. It is named after all that decides what it contains.
 * @param migrations names of the migrations of the records
 */
export function recordsTemplatePath(migrations: readonly string[]): string {
  const hash = createHash('sha256').update(migrations.join()).digest('hex').slice(0, 12)
  const versions = `${dependencyVersion('@electric-sql/pglite')}-bullmq-${dependencyVersion('bullmq')}`
  return join(packageRoot, 'dist', `pglite-${versions}-records-${hash}.tar.gz`)
}

function dependencyVersion(name: string): string | undefined {
  const { dependencies } = JSON.parse(readFileSync(join(packageRoot, 'package.json'), 'utf8')) as {
    dependencies: Record<string, string>
  }
  return dependencies[name]
}

/**
 * Return the template of a new database: the one at `preferredPath`, else an empty one; undefined without a build.
 */
export async function loadTemplate(preferredPath?: string): Promise<{ loadDataDir?: Blob }> {
  const path = [preferredPath, templatePath()].find((each) => each !== undefined && existsSync(each))
  return path === undefined ? {} : { loadDataDir: new Blob([await readFile(path)]) }
}
