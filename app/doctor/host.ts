import { releasedAt } from '../../lib/release-date.ts'
import { type DoctorCheck, fail, ok, warn } from './check.ts'

const MIN_NODE_VERSION = [20, 19] as const
/** Open files other than device connections: the journal, databases, logs, the HTTP API. */
const RESERVED_FILES = 500

/** @param version as in `process.versions.node` */
export function checkNode(version: string): DoctorCheck {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  const [oldMajor, oldMinor] = MIN_NODE_VERSION
  if (major > oldMajor || (major === oldMajor && minor >= oldMinor)) return ok('node', `Node.js ${version}`)
  return fail(
    'node',
    `Node.js ${version} is too old`,
    `install Node.js ${MIN_NODE_VERSION.join('.')} or newer`,
  )
}

/** @param limit of open files; undefined where the system reports none */
export function checkOpenFiles(limit: number | undefined, maxConnections: number): DoctorCheck {
  const needed = maxConnections + RESERVED_FILES
  if (limit === undefined) return ok('open files', 'no limit is known')
  if (limit >= needed)
    return ok('open files', `the limit of ${limit} is enough for ${maxConnections} connections`)
  return warn(
    'open files',
    `the limit of ${limit} is too low for ${maxConnections} connections, which need about ${needed}`,
    `raise it (ulimit -n ${needed}, or LimitNOFILE=${needed} in the systemd unit), or lower mqtt.maxConnections`,
  )
}

/** Return the soft limit of open files. */
export function openFilesLimit(): number | undefined {
  const report: unknown = process.report.getReport()
  const { soft } =
    (report as { userLimits?: { open_files?: { soft: unknown } } }).userLimits?.open_files ?? {}
  return typeof soft === 'number' ? soft : undefined
}

/** @param newestFileTime time of the last write to the data folder, ms since 1970; undefined if never */
export function checkClock(now: number, newestFileTime: number | undefined): DoctorCheck {
  const time = new Date(now).toISOString()
  const remedy =
    'set the clock and keep it set with NTP: readings ahead of the clock here are quarantined, and none is accepted before the release date'
  if (now < releasedAt)
    return fail('clock', `it is ${time} by this machine, which is before the release of this program`, remedy)
  if (newestFileTime !== undefined && newestFileTime > now + 60_000) {
    const written = new Date(newestFileTime).toISOString()
    return warn(
      'clock',
      `it is ${time} by this machine, but the data folder was written at ${written}`,
      remedy,
    )
  }
  return ok('clock', time)
}
