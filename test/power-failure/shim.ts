import { execFileSync } from 'node:child_process'
import { readdirSync, realpathSync, renameSync } from 'node:fs'
import { join } from 'node:path'

const source = join(import.meta.dirname, 'power-failure.c')
const suffix = '.durable'

/**
 * Compile the library that keeps what a power failure would leave of files (`power-failure.c`).
 * @returns its path, in `folder`
 */
export function compileShim(gcc: string, folder: string): string {
  const library = join(folder, 'power-failure.so')
  execFileSync(gcc, ['-O1', '-Wall', '-Wextra', '-Werror', '-shared', '-fPIC', '-o', library, source, '-ldl'])
  return library
}

export interface PowerFailureOptions {
  /** Folder whose files fail; it must exist. */
  folder: string
  /** Share of the writes that reach the disk before their sync, percent. */
  earlyPercent?: number
}

/** Return the environment of a process whose power can fail. */
export function shimEnvironment(
  library: string,
  { folder, earlyPercent = 0 }: PowerFailureOptions,
): Record<string, string> {
  return {
    LD_PRELOAD: library,
    POWER_FAILURE_DIR: realpathSync(folder),
    POWER_FAILURE_EARLY: `${earlyPercent}`,
  }
}

/**
 * Put into place what the power failure left. The process must have been killed.
 * @throws Error when the library followed no file: it was not loaded, and nothing would fail
 */
export function restoreDurableFiles(folder: string): void {
  const images = readdirSync(folder, { encoding: 'utf8', recursive: true }).filter((name) =>
    name.endsWith(suffix),
  )
  if (images.length === 0) throw new Error(`no file in ${folder} was followed: the library was not loaded`)
  for (const name of images) {
    const path = join(folder, name)
    renameSync(path, path.slice(0, -suffix.length))
  }
}
