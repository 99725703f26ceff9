import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { ExpectedError } from '../../../lib/expected-error.ts'

/** The file could not be copied. */
class SeriesCopyError extends ExpectedError {
  override readonly name = 'SeriesCopyError'
}

const script = `
  try { fs.copyFileSync(process.argv[1], process.argv[2], fs.constants.COPYFILE_FICLONE) }
  catch (error) { console.error(error.message); process.exitCode = 1 }`

/**
 * Copy a file that DuckDB has locked, in another process: a process that closes any descriptor of a file loses its own
 * locks on it (fcntl(2)), and other processes could open the file.
 * @throws SeriesCopyError
 */
export async function copyLockedFile(from: string, to: string): Promise<void> {
  try {
    await promisify(execFile)(process.execPath, ['--eval', script, from, to])
  } catch (cause) {
    const said = cause instanceof Error && 'stderr' in cause ? String(cause.stderr).trim() : ''
    throw new SeriesCopyError(`the series could not be copied: ${said || String(cause)}`, { cause })
  }
}
