import { onTestFinished } from 'vitest'
import { eventually, Program } from '../support/program.ts'
import type { Restartable } from '../support/restartable.ts'

/** Start `forewarn up` on free ports for one test, without waiting until it is ready. */
export function begin(env: Record<string, string>): Program {
  const free = { FOREWARN_HTTP_PORT: '0', FOREWARN_MQTT_PORT: '0' }
  const program = new Program(['up', '--json'], { ...free, ...env })
  onTestFinished(async () => {
    await program.terminate('SIGKILL')
  })
  return program
}

/** Wait until standard error contains it. @throws when the program ends instead */
export function said(program: Program, words: RegExp | string): Promise<true> {
  return eventually(async () => {
    if (program.child.exitCode !== null) throw new Error(`up ended: ${program.stderr}`)
    const found = typeof words === 'string' ? program.stderr.includes(words) : words.test(program.stderr)
    return found || undefined
  })
}

/** Stop a server after the test. */
export function stoppedAfterTest<T extends Restartable>(part: T): T {
  onTestFinished(() => part.stop())
  return part
}

/** End the program with SIGTERM. @returns its exit code, and how long that took, ms */
export async function terminate(program: Program): Promise<{ code: number | null; ms: number }> {
  const begunAt = performance.now()
  const { code } = await program.terminate('SIGTERM')
  return { code, ms: performance.now() - begunAt }
}
