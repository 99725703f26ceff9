import { existsSync, readFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { packageRoot } from '../../../lib/package-root.ts'

/**
 * Return where the build puts an empty database, as a tar: unpacking it takes a third of the time of `initdb`. It
 * belongs to one version of PGlite, and is named after it.
 */
export function templatePath(): string {
  const { dependencies } = JSON.parse(readFileSync(join(packageRoot, 'package.json'), 'utf8')) as {
    dependencies: Record<string, string>
  }
  return join(packageRoot, 'dist', `pglite-${dependencies['@electric-sql/pglite']}.tar.gz`)
}

/** Return the template of a new database; undefined without a build. */
export async function loadTemplate(): Promise<{ loadDataDir?: Blob }> {
  const path = templatePath()
  return existsSync(path) ? { loadDataDir: new Blob([await readFile(path)]) } : {}
}
