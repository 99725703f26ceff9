import { appendFileSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import type { Reporter, TestModule, Vitest } from 'vitest/node'
import { QuietClock } from './quiet-clock.ts'

const limitSeconds = 20
/** Scenarios kill programs: the lease of a job, and the session of a device, then last for up to 20 s each. */
const scenarioLimitSeconds = 60

/**
 * Reports test files that take longer than 20 s, scenarios 60 s, by a `QuietClock`, and fails the run where TEST_TIME_LIMIT=1.
 * TEST_TOO_LONG names a file that gets their paths, a line each. With TEST_NOTE_SECONDS=1 it writes the duration of each
 * file to seconds.json, which orders the next runs.
 */
export class TimeLimit implements Reporter {
  #root = ''
  #clock = new QuietClock()
  readonly #begun = new Map<string, number>()
  readonly #seconds = new Map<string, number>()

  onInit(vitest: Vitest): void {
    this.#root = vitest.config.root
  }

  onTestRunStart(): void {
    this.#clock.stop()
    this.#clock = new QuietClock()
    this.#begun.clear()
    this.#seconds.clear()
  }

  onTestModuleStart({ moduleId }: TestModule): void {
    this.#begun.set(moduleId, this.#clock.now())
  }

  onTestModuleEnd({ moduleId }: TestModule): void {
    const seconds = (this.#clock.now() - (this.#begun.get(moduleId) ?? 0)) / 1_000
    this.#seconds.set(relative(this.#root, moduleId), seconds)
  }

  onTestRunEnd(): void {
    this.#clock.stop()
    if (process.env.TEST_NOTE_SECONDS === '1') noteSeconds(this.#root, this.#seconds)
    const tooLong = [...this.#seconds].filter(([file, seconds]) => seconds > limitOf(file))
    if (tooLong.length === 0) return
    const lines = tooLong.map(([file, seconds]) => `  ${seconds.toFixed(1)} s  ${file}`)
    const advice = 'find out what it waits for, or split it'
    process.stderr.write(`\ntakes too long (${advice}):\n${lines.join('\n')}\n`)
    if (process.env.TEST_TIME_LIMIT === '1') process.exitCode = 1
    const { TEST_TOO_LONG: list } = process.env
    if (list !== undefined) appendFileSync(list, tooLong.map(([file]) => `${file}\n`).join(''))
  }
}

function limitOf(file: string): number {
  return file.startsWith('test/scenarios/') ? scenarioLimitSeconds : limitSeconds
}

/** Those that are quickly done are left out: their order does not matter. */
function noteSeconds(root: string, all: ReadonlyMap<string, number>): void {
  const long = [...all].filter(([, seconds]) => seconds >= 1).sort(([a], [b]) => (a < b ? -1 : 1))
  const rounded = Object.fromEntries(long.map(([file, seconds]) => [file, Math.round(seconds)]))
  writeFileSync(join(root, 'test/runner/seconds.json'), `${JSON.stringify(rounded, null, 2)}\n`)
}
