import { readFile } from 'node:fs/promises'
import type { z } from 'zod'
import { didYouMean } from '../../lib/did-you-mean.ts'
import { readYaml, type SourcePosition, type YamlSource } from '../../lib/yaml-source.ts'
import { columnsOf, mapSchema, type ReplayMap } from './map.ts'

export interface MapFile {
  map: ReplayMap
  source: YamlSource
}

/** @throws ReplayMapError with every problem and its place in the file */
export async function readMap(file: string): Promise<MapFile> {
  const source = readYaml(file, await readFile(file, 'utf8'))
  if (source.syntax.length > 0) {
    throw new ReplayMapError(source.syntax.map(({ at, message }) => problem(at, message)))
  }
  const result = mapSchema.safeParse(source.value ?? {})
  if (result.success) return { map: result.data, source }
  throw new ReplayMapError(result.error.issues.flatMap((issue) => explain(issue, source)))
}

/**
 * Checks that a recording has the columns that a map names.
 * @throws ReplayMapError that points at each name in the map
 */
export function checkColumns({ map, source }: MapFile, file: string, header: readonly string[]): void {
  const missing = columnsOf(map).filter(({ column }) => !header.includes(column))
  if (missing.length === 0) return
  const problems = missing.map(({ column, path }) =>
    problem(source.valueAt(path), `${file} has no column "${column}"${hint(column, header)}`),
  )
  throw new ReplayMapError(problems)
}

/** The map is wrong, or does not fit the recording. The message tells every problem, one a line. */
export class ReplayMapError extends Error {
  override readonly name = 'ReplayMapError'

  constructor(problems: readonly string[]) {
    super(problems.join('\n'))
  }
}

function explain(issue: z.core.$ZodIssue, source: YamlSource): string[] {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => problem(source.keyAt([...issue.path, key]), `unknown key "${key}"`))
  }
  const name = issue.path.join('.') || 'the map'
  return [problem(source.valueAt(issue.path), `${name}: ${issue.message}`)]
}

function hint(column: string, header: readonly string[]): string {
  const meant = didYouMean(column, header)
  return `${meant === undefined ? '' : `; did you mean "${meant}"?`} It has: ${header.join(', ')}`
}

function problem({ file, line, column }: SourcePosition, message: string): string {
  return `${file}:${line}:${column}: ${message}`
}
