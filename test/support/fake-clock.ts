import { existsSync, readdirSync, writeFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { findExecutable } from './executables.ts'

/** The clock of a program under test; its monotonic clock is not changed. */
export interface FakeClock {
  /** Environment of the program. */
  env: Record<string, string>
  /** Set the clock to the true time and this offset. */
  setOffset(ms: number): void
}

/** Return the library of faketime that replaces the clock of a process; undefined where it is not installed. */
export function findFakeTime(): string | undefined {
  if (findExecutable('faketime') === undefined) return undefined
  const folders = existsSync('/usr/lib') ? readdirSync('/usr/lib') : []
  return folders
    .map((folder) => join('/usr/lib', folder, 'faketime', 'libfaketimeMT.so.1'))
    .find((path) => existsSync(path))
}

/** Create a clock for one test. @param library as found by `findFakeTime` */
export async function createFakeClock(library: string): Promise<FakeClock> {
  const folder = await mkdtemp(join(tmpdir(), 'forewarn-clock-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  const file = join(folder, 'offset')
  const setOffset = (ms: number) =>
    writeFileSync(file, `${ms < 0 ? '-' : '+'}${Math.abs(Math.round(ms / 1_000))}`)
  setOffset(0)
  return {
    setOffset,
    env: {
      LD_PRELOAD: library,
      FAKETIME_TIMESTAMP_FILE: file,
      FAKETIME_NO_CACHE: '1',
      FAKETIME_DONT_FAKE_MONOTONIC: '1',
    },
  }
}
