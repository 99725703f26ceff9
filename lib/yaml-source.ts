import { createRequire } from 'node:module'
import type { Document, Node } from 'yaml'

const require = createRequire(import.meta.url)

/** Load the library at the first use: most commands find no settings file, and would load for nothing. */
const loadYaml = (): typeof import('yaml') => require('yaml')

type Path = readonly PropertyKey[]

/** Position in a file; line and column count from 1. */
export interface SourcePosition {
  file: string
  line: number
  column: number
}

interface SyntaxIssue {
  at: SourcePosition
  message: string
}

export interface YamlSource {
  /** Plain data; undefined for an empty file and for one with syntax problems. */
  value: unknown
  syntax: SyntaxIssue[]
  /** Return the position of the value at a path; of its nearest existing parent where there is none. */
  valueAt(path: Path): SourcePosition
  /** Return the position of the key of a value; of a list item, the item itself. */
  keyAt(path: Path): SourcePosition
}

/** Parse YAML 1.2 so that every problem can be reported with file, line and column. */
export function parseYamlSource(file: string, text: string): YamlSource {
  const { LineCounter, parseDocument } = loadYaml()
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false })
  const position = (offset: number): SourcePosition => {
    const { line, col } = lines.linePos(offset)
    return { file, line: Math.max(line, 1), column: Math.max(col, 1) }
  }
  const startOf = (node: Node | null) => position(node?.range?.[0] ?? 0)
  const { value, errors } = toData(document)
  return {
    value,
    syntax: errors.map(({ offset, message }) => ({ at: position(offset), message })),
    valueAt: (path) => startOf(nodeAt(document, path)),
    keyAt: (path) => startOf(keyNodeAt(document, path) ?? nodeAt(document, path)),
  }
}

function toData(document: Document.Parsed): {
  value?: unknown
  errors: { offset: number; message: string }[]
} {
  if (document.errors.length > 0) {
    return { errors: document.errors.map(({ pos: [offset], message }) => ({ offset, message })) }
  }
  try {
    return { value: document.toJS() ?? undefined, errors: [] }
  } catch (error) {
    // An alias without an anchor, or an alias bomb: the library detects both only here.
    if (error instanceof ReferenceError) return { errors: [{ offset: 0, message: error.message }] }
    throw error
  }
}

function nodeAt(document: Document, path: Path): Node | null {
  const { isNode } = loadYaml()
  for (let depth = path.length; depth > 0; depth--) {
    const node = document.getIn(path.slice(0, depth), true)
    if (isNode(node)) return node
  }
  return document.contents
}

function keyNodeAt(document: Document, path: Path): Node | undefined {
  const { isMap, isNode, isScalar } = loadYaml()
  const parent = path.length === 1 ? document.contents : document.getIn(path.slice(0, -1), true)
  if (!isMap(parent)) return undefined
  const key = parent.items
    .map((item) => item.key)
    .find((node) => isScalar(node) && node.value === path.at(-1))
  return isNode(key) ? key : undefined
}
