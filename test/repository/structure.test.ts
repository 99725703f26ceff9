import { posix } from 'node:path'
import { expect, test } from 'vitest'
import { listRepositoryFiles, readRepositoryFile } from './repository-files.ts'

const maxFiles = 14
const maxLines = 350
const maxTestLines = 400

/** Folders that may have more files, because each file is one subject of the same form. */
const foldersByFile: Record<string, string> = {
  'api/routes': 'one file for the routes of each resource',
  'api/schemas': 'one file for the schemas of each resource',
  'app/commands': 'one file for each command',
  lib: 'one file for each small library',
  'test/support': 'one file for each real server and helper of the tests',
}

const files = new Set(listRepositoryFiles())
const sources = [...files].filter((path) => path.endsWith('.ts'))

test(`a folder has at most ${maxFiles} source files, unless it has one for each subject`, () => {
  const counts = new Map<string, number>()
  for (const path of sources.filter((source) => !isTestCode(source))) {
    const folder = posix.dirname(path)
    counts.set(folder, (counts.get(folder) ?? 0) + 1)
  }
  const full = [...counts].filter(([folder, count]) => count > maxFiles && !(folder in foldersByFile))
  expect(full).toEqual([])
  for (const folder of Object.keys(foldersByFile)) expect(counts.get(folder)).toBeGreaterThan(maxFiles)
})

test(`a source file has at most ${maxLines} lines, a test ${maxTestLines}`, () => {
  const long = sources
    .map((path) => ({ path, lines: readRepositoryFile(path).split('\n').length - 1 }))
    .filter(({ path, lines }) => lines > (isTestCode(path) ? maxTestLines : maxLines))
  expect(long).toEqual([])
})

test('every top-level folder has a README.md with a title', () => {
  const folders = new Set(sources.filter((path) => path.includes('/')).map((path) => path.split('/')[0]))
  const without = [...folders].filter((folder) => !/^# \S/.test(readIfPresent(`${folder}/README.md`)))
  expect(without).toEqual([])
})

function isTestCode(path: string): boolean {
  return /\.(test|conformance)\.ts$/.test(path) || path.includes('/testing/')
}

function readIfPresent(path: string): string {
  return files.has(path) ? readRepositoryFile(path) : ''
}
