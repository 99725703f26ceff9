import { expect, test } from 'vitest'
import { parseYamlSource } from './yaml-source.ts'

const text = `# a comment
http:
  port: 8080
list:
  - one
  - key: two
`

test('tells where a value, its key and an item of a list begin', () => {
  const source = parseYamlSource('f.yaml', text)
  expect(source.value).toEqual({ http: { port: 8080 }, list: ['one', { key: 'two' }] })
  expect(source.valueAt(['http', 'port'])).toEqual({ file: 'f.yaml', line: 3, column: 9 })
  expect(source.keyAt(['http', 'port'])).toEqual({ file: 'f.yaml', line: 3, column: 3 })
  expect(source.keyAt(['http'])).toEqual({ file: 'f.yaml', line: 2, column: 1 })
  expect(source.keyAt(['list', 0])).toEqual({ file: 'f.yaml', line: 5, column: 5 })
  expect(source.valueAt(['list', 1, 'key'])).toEqual({ file: 'f.yaml', line: 6, column: 10 })
})

test('falls back to the nearest parent of a path that does not exist', () => {
  expect(parseYamlSource('f.yaml', text).valueAt(['http', 'host'])).toEqual({
    file: 'f.yaml',
    line: 3,
    column: 3,
  })
})

test('tells where the syntax is broken', () => {
  const source = parseYamlSource('f.yaml', 'http:\n  port: [8080\n')
  expect(source.value).toBeUndefined()
  expect(source.syntax[0]?.at.file).toBe('f.yaml')
  expect(source.syntax[0]?.message).not.toBe('')
})

test('an alias without its anchor is told as well', () => {
  const source = parseYamlSource('f.yaml', 'http: *nothing\n')
  expect(source.value).toBeUndefined()
  expect(source.syntax).toMatchObject([{ at: { line: 1 }, message: expect.stringContaining('nothing') }])
})

test('an empty file is no value', () => {
  expect(parseYamlSource('f.yaml', '').value).toBeUndefined()
  expect(parseYamlSource('f.yaml', '').valueAt([])).toEqual({ file: 'f.yaml', line: 1, column: 1 })
})
