import { isUnavailable } from '../../lib/is-unavailable.ts'
import { JournalFullError, JournalWriteError } from './journal.ts'

/** Files and disks, by their codes; then what PostgreSQL calls insufficient resources, system errors, read-only, rolled back. */
const dependencyErrorCodes =
  /^(ENOSPC|EIO|EROFS|EDQUOT|EMFILE|ENFILE|ENOMEM|08...|53...|55P03|57...|58...|25006|40...)$/

/** Errors by which Redis rejects every client: memory or disk full, read-only replica, busy script, cluster down. */
const redisDependencyErrors =
  /^(OOM|MISCONF|READONLY|NOREPLICAS|BUSY|LOADING|MASTERDOWN|CLUSTERDOWN|TRYAGAIN)\b/

/**
 * Tell whether an error is known to come from a dependency that is unavailable, full or failing for every caller. For any other
 * error the cause is unknown.
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
