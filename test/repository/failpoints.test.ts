import { expect, test } from 'vitest'
import { failpoints } from '../../lib/failpoint.ts'
import { listRepositoryFiles, readRepositoryFile } from './repository-files.ts'

test('every failpoint has a test in which the program dies there', () => {
  const calls = listRepositoryFiles()
    .filter((path) => /^test\/scenarios\/failpoints\/.*\.test\.ts$/.test(path))
    .flatMap((path) => readRepositoryFile(path).match(/(?<=^test(?:Desk)?Failpoints?\().*(?=\)$)/gm) ?? [])
  const tested = calls.flatMap((call) => call.match(/(?<=')[a-z_]+\.[a-z_]+(?=')/g) ?? [])
  expect([...new Set(tested)].sort()).toEqual([...failpoints].sort())
})
