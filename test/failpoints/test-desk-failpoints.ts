import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { expect, it, onTestFinished } from 'vitest'
import { failpointVariable } from '../../lib/failpoint.ts'
import { type DeskFailpoint, deskFailpoints } from './passes.ts'

const script = fileURLToPath(new URL('./desk-service.ts', import.meta.url))

async function runDesk(folder: string, env: Record<string, string> = {}) {
  const child = spawn(process.execPath, ['--import', 'tsx', script, folder], {
    env: { PATH: process.env.PATH ?? '', ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const [output] = await Promise.all([text(child.stdout), once(child, 'close')])
  return { output, signal: child.signalCode, code: child.exitCode }
}

async function withFolder<T>(use: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'forewarn-desk-'))
  try {
    return await use(folder)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

let baseline: Promise<string> | undefined

/** Run the desk without a failpoint, once for all files of a worker. @returns its final state as JSON */
export function runDeskBaseline(): Promise<string> {
  baseline ??= withFolder(async (folder) => {
    const run = await runDesk(folder)
    expect(run.code).toBe(0)
    return run.output
  })
  return baseline
}

/** Define a test for each pass of some failpoints: the desk dies there, is started again, and has to end alike. */
export function testDeskFailpoints(...names: DeskFailpoint[]): void {
  const passes = names.flatMap((name) => deskFailpoints[name].map((pass) => `${name}:${pass}`))
  it.each(passes)('a desk that dies at %s ends alike', { timeout: 60_000 }, async (failpoint) => {
    const folder = await mkdtemp(join(tmpdir(), 'forewarn-desk-'))
    onTestFinished(() => rm(folder, { recursive: true, force: true }))
    expect((await runDesk(folder, { [failpointVariable]: failpoint })).signal).toBe('SIGKILL')
    const { output, code } = await runDesk(folder)
    expect(code).toBe(0)
    expect(JSON.parse(output)).toEqual(JSON.parse(await runDeskBaseline()))
  })
}
