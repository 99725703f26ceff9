import { cp, mkdtemp, rm, truncate } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { startProgram } from './support/start-program.ts'
import { begin, terminate } from './up/begin.ts'

const timeout = 180_000

let dataDir: string
beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'forewarn-start-stop-'))
})
afterAll(() => rm(dataDir, { recursive: true, force: true }))

describe('a data folder that cannot be used', () => {
  /** Ends soon, with exit code 1 and what it said in words, without a stack trace. */
  async function startError(env: Record<string, string> = {}): Promise<string> {
    const { code, stderr } = await begin({ FOREWARN_DATA_DIR: dataDir, ...env }).waitForExit()
    expect(code, stderr).toBe(1)
    expect(stderr).not.toMatch(/^\s+at /m)
    return stderr
  }

  it('because another process has it, whatever its ports and databases are', { timeout }, async () => {
    const { program, httpUrl } = await startProgram({ FOREWARN_DATA_DIR: dataDir })
    expect(await startError()).toContain(`${dataDir}/journal is in use by process ${program.child.pid}`)
    const port = new URL(httpUrl).port
    expect(await startError({ FOREWARN_HTTP_PORT: port })).toContain('a Forewarn runs already')
    // The first one does not notice.
    expect((await fetch(`${httpUrl}/readyz`)).status).toBe(200)
    expect((await terminate(program)).code).toBe(0)
  })

  it.each([
    ['journal/data.mdb', 'the journal in', 'readings that were not in the series yet'],
    ['series.duckdb', 'the series in', 'charts then begin with what is still in the journal'],
    ['records/pgdata/global/pg_control', 'the records in', 'tickets, notices, verdicts'],
  ])(
    'because %s is damaged: it says what, where, and what moving it away costs',
    { timeout },
    async (file, what, cost) => {
      const copy = await mkdtemp(join(tmpdir(), 'forewarn-damaged-'))
      onTestFinished(() => rm(copy, { recursive: true, force: true }))
      await cp(dataDir, copy, { recursive: true })
      const path = join(copy, file)
      await truncate(path, 100)
      const words = await startError({ FOREWARN_DATA_DIR: copy })
      expect(words).toContain(`forewarn: ${what} ${copy}`)
      expect(words).toContain('move it away')
      expect(words).toContain(cost)
    },
  )
})
