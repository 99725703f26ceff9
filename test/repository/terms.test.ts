import { expect, test } from 'vitest'
import { listRepositoryFiles, readRepositoryFile } from './repository-files.ts'

const glossary = 'docs/glossary.md'
const searched = listRepositoryFiles().filter(
  (path) =>
    /\.(tsx?|md|yaml|yml|conf)$/.test(path) && path !== glossary && !path.startsWith('test/repository/'),
)

test('no word that the glossary rules out stands in a name, comment, text or document', () => {
  const words = forbiddenWords()
  expect(words.length).toBeGreaterThan(50)
  const pattern = new RegExp(`(?<!\\p{L})(?:${words.map(escapePattern).join('|')})(?!\\p{L})`, 'giu')
  expect(findIn(searched, splitNames, pattern)).toEqual([])
})

test('no name that the glossary rules out is declared or used in code', () => {
  const names = forbiddenNames()
  expect(names.length).toBeGreaterThan(50)
  const declared = new RegExp(
    `\\b(?:class|interface|type|function|const|let|enum)\\s+(?:${names.map(escapePattern).join('|')})\\b`,
    'g',
  )
  const sources = searched.filter((path) => /\.tsx?$/.test(path))
  expect(findIn(sources, (text) => text, declared)).toEqual([])
})

test('every exception of the glossary is still needed and has a reason', () => {
  for (const { word, where, why } of exceptions()) {
    expect(why, word).not.toBe('')
    const found = searched.some(
      (path) => path.startsWith(where) && splitNames(readRepositoryFile(path)).toLowerCase().includes(word),
    )
    expect(found, `${word} in ${where}`).toBe(true)
  }
})

interface Exception {
  word: string
  /** Start of the paths in which it is allowed. */
  where: string
  why: string
}

/** Return `path:line: word` for each match that no exception allows. */
function findIn(paths: readonly string[], prepare: (text: string) => string, pattern: RegExp): string[] {
  const allowed = exceptions()
  return paths.flatMap((path) =>
    prepare(readRepositoryFile(path))
      .split('\n')
      .flatMap((line, index) =>
        (line.match(pattern) ?? [])
          .filter(
            (found) =>
              !allowed.some(({ word, where }) => word === found.toLowerCase() && path.startsWith(where)),
          )
          .map((found) => `${path}:${index + 1}: ${found}`),
      ),
  )
}

/** Separate the words of camelCase and snake_case names, so that each is found as a word. */
function splitNames(text: string): string {
  return text.replace(/(?<=[a-z\d])(?=[A-Z])/g, ' ').replaceAll('_', ' ')
}

function forbiddenWords(): string[] {
  return insteadOf().filter((item) => !item.startsWith('`'))
}

function forbiddenNames(): string[] {
  return insteadOf()
    .filter((item) => item.startsWith('`'))
    .map((item) => item.slice(1, -1))
}

/** Return the items of every `instead of` column. */
function insteadOf(): string[] {
  return tables()
    .filter(({ head }) => head.at(-1) === 'instead of')
    .flatMap(({ rows }) => rows.flatMap((cells) => (cells.at(-1) ?? '').split(', ')))
    .filter((item) => item !== '')
}

function exceptions(): Exception[] {
  const table = tables().find(({ head }) => head.join() === 'word,where,why')
  return (table?.rows ?? []).map(([word = '', where = '', why = '']) => ({
    word,
    where: where.slice(1, -1),
    why,
  }))
}

/** Return all tables of the glossary, in order. */
function tables(): { head: string[]; rows: string[][] }[] {
  return readRepositoryFile(glossary)
    .split(/\n\n+/)
    .map((block) => block.split('\n').filter((line) => line.startsWith('|')))
    .filter((lines) => lines.length >= 2)
    .map(([head = '', , ...rows]) => ({ head: cellsOf(head), rows: rows.map(cellsOf) }))
}

function cellsOf(row: string): string[] {
  return row
    .slice(1, -1)
    .split('|')
    .map((cell) => cell.trim())
}

function escapePattern(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
}
