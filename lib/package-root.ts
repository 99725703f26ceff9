import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

class PackageRootError extends Error {
  override readonly name = 'PackageRootError'
}

/** Folder of the installed package, the same from sources and from the build. */
export const packageRoot = findPackageRoot(dirname(fileURLToPath(import.meta.url)))

function findPackageRoot(folder: string): string {
  const manifest = join(folder, 'package.json')
  if (existsSync(manifest) && JSON.parse(readFileSync(manifest, 'utf8')).name === 'forewarn') return folder
  const parent = dirname(folder)
  if (parent === folder) throw new PackageRootError('found no package.json of forewarn above the program')
  return findPackageRoot(parent)
}
