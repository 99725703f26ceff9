import { expect, it } from 'vitest'
import { listRepositoryFiles, readRepositoryFile } from '../test/repository/repository-files.ts'
import { failpoints, parseFailpoint } from './failpoint.ts'

it('reads a name and a pass', () => {
  expect(parseFailpoint('relay.after_enqueue:3')).toEqual({ name: 'relay.after_enqueue', pass: 3 })
  expect(parseFailpoint('relay.after_enqueue')).toEqual({ name: 'relay.after_enqueue', pass: 1 })
  expect(parseFailpoint('')).toBeUndefined()
})

it('rejects what would never be reached', () => {
  for (const text of ['relay.unknown:1', 'relay.after_enqueue:0', 'relay.after_enqueue:x', 'toString:1'])
    expect(() => parseFailpoint(text)).toThrow(RangeError)
})

it('is passed somewhere in the product, each of the table', () => {
  const product = listRepositoryFiles()
    .filter((path) => path.endsWith('.ts') && !path.startsWith('test/') && !path.endsWith('.test.ts'))
    .map(readRepositoryFile)
    .join('\n')
  expect(failpoints.filter((name) => !product.includes(`passFailpoint('${name}')`))).toEqual([])
})
