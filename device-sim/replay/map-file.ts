import { readFile } from 'node:fs/promises'
import type { z } from 'zod'
import { didYouMean } from '../../lib/did-you-mean.ts'
import { ExpectedError } from '../../lib/expected-error.ts'
import { parseYamlSource, type SourcePosition, type YamlSource } from '../../lib/yaml-source.ts'
import { mapSchema, type ReplayMap, requiredColumns } from './map.ts'

export interface MapFile {
  map: ReplayMap
  source: YamlSource
}

/**
 * Read and validate a map file.
 * @throws ReplayMapError with every problem and its position in the file
 */
export async function readMap(file: string): Promise<MapFile> {
  const source = parseYamlSource(file, await readFile(file, 'utf8'))
  if (source.syntax.length > 0) {
    throw new ReplayMapError(source.syntax.map(({ at, message }) => formatProblem(at, message)))
  }
  const result = mapSchema.safeParse(source.value ?? {})
  if (result.success) return { map: result.data, source }
  throw new ReplayMapError(result.error.issues.flatMap((issue) => describeIssue(issue, source)))
}

/**
 * Check that a recording has the columns that a map names.
 * @throws ReplayMapError that points at each missing name in the map
 */
export function validateColumns({ map, source }: MapFile, file: string, header: readonly string[]): void {
  const other = separatorOf(header)
  if (other !== undefined) {
    const advice = `write delimiter: ${JSON.stringify(other)} into the map`
    throw new ReplayMapError([
      formatProblem(
        source.valueAt([]),
        `the cells of ${file} are separated by ${JSON.stringify(other)}; ${advice}`,
      ),
    ])
  }
  const missing = requiredColumns(map).filter(({ column }) => !header.includes(column))
  if (missing.length === 0) return
  const problems = missing.map(({ column, path }) =>
    formatProblem(source.valueAt(path), `${file} has no column "${column}"${hint(column, header)}`),
  )
  throw new ReplayMapError(problems)
}

/** Return the separator of a header that was read as a single cell; undefined where it has none. */
function separatorOf(header: readonly string[]): string | undefined {
  const [cell = '', ...others] = header
  return others.length > 0 ? undefined : [';', '\t', '|', ','].find((separator) => cell.includes(separator))
}

/** The map is invalid, or does not fit the recording. The message lists every problem, one a line. */
export class ReplayMapError extends ExpectedError {
  override readonly name = 'ReplayMapError'

  constructor(problems: readonly string[]) {
    super(problems.join('\n'))
  }
}

function describeIssue(issue: z.core.$ZodIssue, source: YamlSource): string[] {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => formatProblem(source.keyAt([...issue.path, key]), `unknown key "${key}"`))
  }
  const name = issue.path.join('.') || 'the map'
  return [formatProblem(source.valueAt(issue.path), `${name}: ${issue.message}`)]
}

function hint(column: string, header: readonly string[]): string {
  const meant = didYouMean(column, header)
  return `${meant === undefined ? '' : `; did you mean "${meant}"?`} It has: ${header.join(', ')}`
}

function formatProblem({ file, line, column }: SourcePosition, message: string): string {
  return `${file}:${line}:${column}: ${message}`
}
