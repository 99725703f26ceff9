import { existsSync, readFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { packageRoot } from '../../../lib/package-root.ts'

/**
 * Where the build puts an empty database, as a tar: to unpack it takes a third of the time that `initdb` takes. It is of
 * one version of PGlite, and named after it.
 */
export function templatePath(): string {
  const { dependencies } = JSON.parse(readFileSync(join(packageRoot, 'package.json'), 'utf8')) as {
    dependencies: Record<string, string>
  }
  return join(packageRoot, 'dist', `pglite-${dependencies['@electric-sql/pglite']}.tar.gz`)
}

/** What a new database begins with; nothing where there was no build. */
export async function loadTemplate(): Promise<{ loadDataDir?: Blob }> {
  const path = templatePath()
  return existsSync(path) ? { loadDataDir: new Blob([await readFile(path)]) } : {}
}
