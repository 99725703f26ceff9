import { expect, it } from 'vitest'
import { listRepositoryFiles, readRepositoryFile } from '../repository/repository-files.ts'
import { mutations } from './catalog.ts'
import { applyMutation } from './run-mutation.ts'

it.each(mutations.map((mutation) => [mutation.name, mutation] as const))(
  '%s still applies',
  (_, mutation) => {
    const text = readRepositoryFile(mutation.file)
    expect(applyMutation(text, mutation)).not.toBe(text)
  },
)

it('names each mutation once, and a suite that exists', () => {
  expect(new Set(mutations.map(({ name }) => name)).size).toBe(mutations.length)
  const tests = listRepositoryFiles().filter((path) => path.endsWith('.test.ts'))
  const suites = mutations.flatMap(({ suite }) => suite)
  expect(suites.filter((suite) => !tests.some((path) => path.startsWith(suite)))).toEqual([])
})

it('builds the program wherever a suite starts it', () => {
  const unbuilt = mutations.filter(
    ({ suite, needsBuild }) => !needsBuild && suite.some((path) => path.startsWith('test/scenarios')),
  )
  expect(unbuilt).toEqual([])
})

it('says which mutation no longer applies, and where', () => {
  const [mutation] = mutations
  if (mutation === undefined) throw new TypeError('there is no mutation')
  expect(() => applyMutation('other code', mutation)).toThrow(
    `mutation ${mutation.name} no longer applies: in`,
  )
})
