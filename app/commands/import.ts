import { readFile } from 'node:fs/promises'
import { Argument, type Command } from 'commander'
import {
  type ImportableTableName,
  importableTables,
  importResultSchema,
  maxImportBytes,
} from '../../api/schemas/import-result.ts'
import { type ApiProblem, ApiProblemError } from '../api-client.ts'
import { CommandError, createOutput } from '../terminal/output.ts'
import { toSingleLine } from '../terminal/single-line.ts'
import { type ApiOptions, apiClientFor, withApiOptions } from './api-options.ts'

interface ImportOptions extends ApiOptions {
  dryRun: boolean
}

/** Add the command that imports a table into the running program. */
export function defineImport(command: Command): void {
  command
    .addArgument(new Argument('<what>', 'table to import').choices(importableTables))
    .argument('<file>', 'CSV in UTF-8; its first line names the columns')
    .option('--dry-run', 'validate without importing', false)
    .action(runImport)
  withApiOptions(command, 'forewarn import owners owners.csv')
}

async function runImport(what: ImportableTableName, file: string, options: ImportOptions): Promise<void> {
  const output = createOutput(options)
  const csv = await readCsvFile(file)
  try {
    const path = `/api/import/${what}?dryRun=${options.dryRun}`
    const imported = await apiClientFor(options).upload(path, csv, importResultSchema)
    const { rows, new: added, changed, unchanged, dryRun } = imported
    const done = `${rows} rows: ${added} new, ${changed} changed, ${unchanged} unchanged`
    output.line(dryRun ? `${done}; nothing was imported` : done)
    output.result(imported)
  } catch (error) {
    if (error instanceof ApiProblemError)
      for (const row of error.problem.rows) output.note(formatRowProblem(file, row))
    throw error
  }
}

/** @throws CommandError for a file that is too large: the program would close the connection without a message */
async function readCsvFile(file: string): Promise<Buffer<ArrayBuffer>> {
  const csv = await readFile(file)
  if (csv.length <= maxImportBytes) return csv
  const [has, most] = [csv.length, maxImportBytes].map((bytes) => bytes.toLocaleString('en'))
  throw new CommandError(
    `${file} has ${has} bytes, and an import takes at most ${most}: bring it in several files`,
  )
}

/** Format a problem as `file:line: column: message; hint`, without a column when it concerns the whole row. */
function formatRowProblem(file: string, { line, column, message, hint }: ApiProblem['rows'][number]): string {
  const where = column === null ? `${file}:${line}` : `${file}:${line}: ${toSingleLine(column)}`
  return `${where}: ${toSingleLine(message)}; ${hint}`
}
