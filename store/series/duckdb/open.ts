import { DuckDBInstance } from '@duckdb/node-api'
import { ExpectedError } from '../../../lib/expected-error.ts'
import { SeriesLockedError } from '../series.ts'

/** The file is damaged, is not a DuckDB file, or was written by a newer version. */
class SeriesCorruptedError extends ExpectedError {
  override readonly name = 'SeriesCorruptedError'

  constructor(path: string, cause: Error) {
    const found = cause.message.replaceAll(/\s+/g, ' ')
    super(
      `the series in ${path} cannot be read: ${found}. ` +
        `Bring the file back from a copy, or move it away (and ${path}.wal with it) and start again: the charts then ` +
        'begin with what is still in the journal; tickets, notices and what the rules remember stay',
      { cause },
    )
  }
}

const corruptionPatterns =
  /not a valid DuckDB|Could not read enough bytes|Corrupt|checksum|replaying WAL|version number|Serialization Error|INTERNAL Error/i

/**
 * @throws SeriesLockedError when another process has the file open
 * @throws SeriesCorruptedError
 */
export async function openInstance(path: string, settings: Record<string, string>): Promise<DuckDBInstance> {
  try {
    return await DuckDBInstance.create(path, settings)
  } catch (cause) {
    if (!(cause instanceof Error) || !cause.message.includes('lock on file'))
      throw classifyOpenError(path, cause)
    throw new SeriesLockedError(`the series in ${path} are in use by another process: ${cause.message}`, {
      cause,
    })
  }
}

/** Connect; close the instance when the first query fails. @throws SeriesCorruptedError */
export async function initializeOrClose<T>(
  instance: DuckDBInstance,
  path: string,
  initialize: () => Promise<T>,
): Promise<T> {
  try {
    return await initialize()
  } catch (cause) {
    instance.closeSync()
    throw classifyOpenError(path, cause)
  }
}

/** Return the error to throw for a failure of opening the file. */
function classifyOpenError(path: string, cause: unknown): unknown {
  return cause instanceof Error && corruptionPatterns.test(cause.message)
    ? new SeriesCorruptedError(path, cause)
    : cause
}
