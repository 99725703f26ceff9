import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { beforeAll, expect, it, onTestFinished } from 'vitest'
import { failpoints, failpointVariable } from '../../lib/failpoint.ts'
import { deskFailpoints, programFailpoints } from './groups.ts'

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

let expected = ''
beforeAll(async () => {
  const run = await withFolder((folder) => runDesk(folder))
  expect(run.code).toBe(0)
  expected = run.output
})

it('resolves all tickets and sends their replaced parts to the journal when nothing disturbs it', () => {
  const { states, outbox, appended } = JSON.parse(expected)
  expect(states.map(({ work_state }: { work_state: string }) => work_state)).toEqual(['resolved', 'resolved'])
  expect(outbox.every(({ sent_at }: { sent_at: string | null }) => sent_at !== null)).toBe(true)
  expect(appended).toHaveLength(2)
})

const passes = Object.entries(deskFailpoints).flatMap(([name, each]) => each.map((pass) => `${name}:${pass}`))

it.each(passes)('a desk that dies at %s ends alike', { timeout: 60_000 }, async (failpoint) => {
  const folder = await mkdtemp(join(tmpdir(), 'forewarn-desk-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  expect((await runDesk(folder, { [failpointVariable]: failpoint })).signal).toBe('SIGKILL')
  const { output, code } = await runDesk(folder)
  expect(code).toBe(0)
  expect(JSON.parse(output)).toEqual(JSON.parse(expected))
})

it('leaves out no failpoint of the table', () => {
  const tested = [...Object.values(programFailpoints).flatMap(Object.keys), ...Object.keys(deskFailpoints)]
  expect(tested.sort()).toEqual([...failpoints].sort())
})
