import { createReadStream } from 'node:fs'
import { parse } from 'csv-parse'
import { type MapFile, validateColumns } from './map-file.ts'
import { type CsvRow, mapRow, type RecordedReading } from './map-row.ts'

/** A row that could not be used, with the reason. */
export interface UnreadableRow {
  file: string
  line: number
  reason: string
}

/** The readings of the files. Kept in memory, about 200 bytes a reading, to sort them by time across units. */
export interface Recording {
  rows: number
  skippedRows: number
  unreadable: UnreadableRow[]
  /** Sorted by time over all units. */
  readings: RecordedReading[]
}

/**
 * Read CSV files with a map, as streams.
 * @throws ReplayMapError when a file lacks a column of the map
 */
export async function readRecording(
  files: readonly string[],
  mapFile: MapFile,
  now: number,
): Promise<Recording> {
  const recording: Recording = { rows: 0, skippedRows: 0, unreadable: [], readings: [] }
  for (const file of files) await appendFile(recording, file, { mapFile, now })
  recording.readings.sort((a, b) => a.ts - b.ts)
  return recording
}

async function appendFile(
  recording: Recording,
  file: string,
  { mapFile, now }: { mapFile: MapFile; now: number },
): Promise<void> {
  let checked = false
  for await (const line of readCsvLines(file, mapFile.map.delimiter)) {
    if (line.is === 'header') {
      validateColumns(mapFile, file, line.columns)
      checked = true
      continue
    }
    recording.rows += 1
    if (line.is === 'broken') {
      recording.unreadable.push({ file, line: line.line, reason: line.reason })
      continue
    }
    for (const outcome of mapRow(line.row, mapFile.map, now)) {
      if (outcome.is === 'reading') recording.readings.push(outcome.reading)
      else if (outcome.is === 'skipped') recording.skippedRows += 1
      else recording.unreadable.push({ file, line: line.line, reason: outcome.reason })
    }
  }
  if (!checked) validateColumns(mapFile, file, [])
}

type CsvLine =
  | { is: 'header'; columns: string[] }
  | { is: 'row'; line: number; row: CsvRow }
  | { is: 'broken'; line: number; reason: string }

/** Yield the header and the rows of a CSV file; rows that cannot be parsed, or do not fit the header, as `broken`. */
async function* readCsvLines(file: string, delimiter: string): AsyncGenerator<CsvLine> {
  const broken: CsvLine[] = []
  const parser = parse({
    bom: true,
    delimiter,
    trim: true,
    info: true,
    relax_column_count: true,
    skip_empty_lines: true,
    skip_records_with_error: true,
    on_skip: (error) => {
      broken.push({ is: 'broken', line: Number(error?.lines), reason: error?.message ?? 'it is no CSV' })
      return undefined
    },
  })
  createReadStream(file)
    .on('error', (error) => parser.destroy(error))
    .pipe(parser)
  let columns: string[] | undefined
  for await (const { record, info } of parser as AsyncIterable<{
    record: string[]
    info: { lines: number }
  }>) {
    if (columns === undefined) {
      columns = record
      yield { is: 'header', columns }
    } else if (record.length === columns.length) {
      const cells = columns.map((column, index) => [column, record[index] ?? ''])
      yield { is: 'row', line: info.lines, row: Object.fromEntries(cells) }
    } else {
      const reason = `it has ${record.length} cells, the header ${columns.length}`
      yield { is: 'broken', line: info.lines, reason }
    }
  }
  yield* broken
}
