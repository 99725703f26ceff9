import { isUnavailable } from '../../lib/is-unavailable.ts'
import { JournalFullError, JournalWriteError } from './journal.ts'

/** Files and disks, by their codes; then what PostgreSQL calls insufficient resources, system errors, read-only, rolled back. */
const dependencyErrorCodes =
  /^(ENOSPC|EIO|EROFS|EDQUOT|EMFILE|ENFILE|ENOMEM|08...|53...|55P03|57...|58...|25006|40...)$/

/** What Redis refuses to everybody: memory or disk full, a replica, a script or a cluster in the way. */
const redisDependencyErrors =
  /^(OOM|MISCONF|READONLY|NOREPLICAS|BUSY|LOADING|MASTERDOWN|CLUSTERDOWN|TRYAGAIN)\b/

/**
 * Whether an error is known to be the fault of a part behind: it is away, full or failing, whoever asks. Of any other
 * error it cannot be said whose fault it is.
 */
export function isDependencyFailure(error: unknown): boolean {
  if (error instanceof AggregateError && error.errors.some(isDependencyFailure)) return true
  if (!(error instanceof Error)) return false
  if (error instanceof JournalWriteError || error instanceof JournalFullError || isUnavailable(error))
    return true
  const code = 'code' in error ? String(error.code) : ''
  return (
    dependencyErrorCodes.test(code) ||
    redisDependencyErrors.test(error.message) ||
    isDependencyFailure(error.cause)
  )
}
