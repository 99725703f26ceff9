import { readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { parseYamlSource } from '../../lib/yaml-source.ts'
import type { RuleFileProblem } from './rule-file-problem.ts'

export interface TextFile {
  file: string
  text: string
}

export interface YamlFiles {
  files: TextFile[]
  /** Paths that cannot be read. */
  problems: RuleFileProblem[]
}

/** Read the YAML files at paths: files, and folders with all files below them, in order of name. */
export async function readYamlFiles(paths: readonly string[]): Promise<YamlFiles> {
  const files: TextFile[] = []
  const problems: RuleFileProblem[] = []
  for (const path of paths) {
    try {
      for (const file of await yamlFilesAt(path)) files.push({ file, text: await readFile(file, 'utf8') })
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error)
      problems.push({ file: path, line: 1, column: 1, message: `the file cannot be read: ${reason}` })
    }
  }
  return { files, problems }
}

async function yamlFilesAt(path: string): Promise<string[]> {
  if (!(await stat(path)).isDirectory()) return [path]
  const names = await readdir(path, { recursive: true })
  return names
    .filter((name) => /\.ya?ml$/.test(name))
    .sort()
    .map((name) => join(path, name))
}

/** A file with the name that it declares; undefined where it declares none. */
export interface NamedFile extends TextFile {
  name: string | undefined
}

export interface YamlLayers {
  /** Files of each folder, without those whose name a later folder declares as well. */
  layers: NamedFile[][]
  /** Paths that cannot be read. */
  problems: RuleFileProblem[]
}

/**
 * Read the YAML files of folders that lie on top of each other: a file of a later folder replaces the file of an earlier
 * one that declares the same name.
 * @param nameKey key of the name in a file, such as `rule`
 */
export async function readYamlLayers(folders: readonly string[], nameKey: string): Promise<YamlLayers> {
  const read = await Promise.all(folders.map((folder) => readYamlFiles([folder])))
  const named = read.map(({ files }) =>
    files.map((file): NamedFile => ({ ...file, name: declaredName(file, nameKey) })),
  )
  const isReplaced = (name: string | undefined, layer: number) =>
    name !== undefined && named.slice(layer + 1).some((files) => files.some((file) => file.name === name))
  return {
    layers: named.map((files, layer) => files.filter(({ name }) => !isReplaced(name, layer))),
    problems: read.flatMap(({ problems }) => problems),
  }
}

/** Return the name that a file declares, also where the rest of it is invalid. */
function declaredName(file: TextFile, key: string): string | undefined {
  // A key at the beginning of a line belongs to the file itself. To parse all of it takes as long as the validation later.
  const found = [...file.text.matchAll(new RegExp(`^${key}:.*$(?!\\r?\\n[ \\t]+\\S)`, 'gm'))]
  const name = found.length === 1 ? nameIn({ ...file, text: found[0]?.[0] ?? '' }, key) : undefined
  return name !== undefined && plainName.test(name) ? name : nameIn(file, key)
}

const plainName = /^[\w.-]+$/

function nameIn({ file, text }: TextFile, key: string): string | undefined {
  const content: unknown = parseYamlSource(file, text).value
  if (typeof content !== 'object' || content === null) return undefined
  const name: unknown = Reflect.get(content, key)
  return typeof name === 'string' ? name : undefined
}
