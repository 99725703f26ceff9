import { existsSync, readdirSync } from 'node:fs'
import { delimiter, join } from 'node:path'

export type ExternalExecutable =
  | 'mosquitto'
  | 'redis-server'
  | 'postgres'
  | 'chromium'
  | 'influxd'
  | 'victoria-metrics'
  /** Compiles what stands between a process and the system in tests. */
  | 'gcc'
  /** Replaces the clock of a process in tests. */
  | 'faketime'

const searchPath = [
  ...(process.env.PATH ?? '').split(delimiter),
  '/usr/bin',
  '/usr/sbin',
  '/usr/local/bin',
  '/usr/local/sbin',
].filter((folder) => folder !== '')

const missing = new Set<ExternalExecutable>()

/**
 * Where a real part that tests run against is installed.
 * @returns the path of its executable; undefined, and a line on standard error, when it is not installed
 * @throws MissingPartError instead, when FOREWARN_REQUIRE_PARTS=1
 */
export function findExecutable(part: ExternalExecutable): string | undefined {
  const folders = part === 'postgres' ? [...searchPath, ...postgresFolders()] : searchPath
  const found = folders.map((folder) => join(folder, part)).find((path) => existsSync(path))
  if (found !== undefined) return found
  if (process.env.FOREWARN_REQUIRE_PARTS === '1') throw new MissingExecutableError(part)
  if (!missing.has(part)) process.stderr.write(`\n*** ${part} IS NOT INSTALLED: its tests are skipped ***\n`)
  missing.add(part)
  return undefined
}

/** Debian keeps the server's programs out of PATH, by version; the newest comes first. */
function postgresFolders(): string[] {
  const root = '/usr/lib/postgresql'
  if (!existsSync(root)) return []
  return readdirSync(root)
    .sort((a, b) => Number(b) - Number(a))
    .map((version) => join(root, version, 'bin'))
}

/** A part that tests need is not installed, and FOREWARN_REQUIRE_PARTS=1 forbids to skip them. */
class MissingExecutableError extends Error {
  override readonly name = 'MissingExecutableError'

  constructor(part: ExternalExecutable) {
    super(`${part} is not installed, and FOREWARN_REQUIRE_PARTS=1 forbids to skip its tests`)
  }
}
