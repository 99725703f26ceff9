import { expect, test } from 'vitest'
import { listRepositoryFiles, readRepositoryFile } from './repository-files.ts'

/** Mutations put such faults in. */
const sources = listRepositoryFiles().filter(
  (path) => /\.tsx?$/.test(path) && !path.endsWith('.test.ts') && !path.startsWith('test/mutations/'),
)

function usersOf(pattern: RegExp, except: readonly string[] = []): string[] {
  return sources.filter((path) => !except.includes(path) && pattern.test(withoutComments(path)))
}

function withoutComments(path: string): string {
  return readRepositoryFile(path).replaceAll(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, '')
}

test('promises race through lib/race.ts only, which leaves nothing behind on the losers', () => {
  expect(usersOf(/\bPromise\s*\.\s*race\b/)).toEqual([])
})

test('a listener for the end of a signal is removed, or added once in the life of its owner', () => {
  // Each of these adds one listener for each process, device or request, to a signal that lives no longer than that.
  const addedOnce = [
    'app/commands/up.ts',
    'app/rules-threads/rules-thread.ts',
    'app/run-live-view.ts',
    'demo/demo.ts',
    'device-sim/fleet-run.ts',
    'device-sim/replay/replay.ts',
    'store/journal/dead-letter-requests.ts',
  ]
  const adders = usersOf(/addEventListener\(\s*'abort'/, addedOnce)
  const leaking = adders.filter((path) => !/removeEventListener\(\s*'abort'/.test(withoutComments(path)))
  expect(leaking).toEqual([])
})
