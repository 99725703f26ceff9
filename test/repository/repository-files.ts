import { readdirSync, readFileSync } from 'node:fs'
import { join, relative, sep } from 'node:path'
import { packageRoot } from '../../lib/package-root.ts'

/** Folders that are made by a build, an installation or a run. */
const generatedFolders = new Set(['node_modules', 'dist', 'coverage', 'data', '.git'])

/** List all files of the repository, as paths from its root with `/`, in alphabetical order. */
export function listRepositoryFiles(): readonly string[] {
  return filesIn(packageRoot)
    .map((path) => relative(packageRoot, path).split(sep).join('/'))
    .sort()
}

/** Read a file of the repository by its path from the root. */
export function readRepositoryFile(path: string): string {
  return readFileSync(join(packageRoot, path), 'utf8')
}

function filesIn(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name)
    if (entry.isFile()) return [path]
    return entry.isDirectory() && !generatedFolders.has(entry.name) ? filesIn(path) : []
  })
}
