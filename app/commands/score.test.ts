import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { dayMs } from '../../lib/time.ts'
import { runCommand } from '../../test/support/run-command.ts'

async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'forewarn-score-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  return folder
}

/** Phones that lose one percent in 40, 45… days, with a reading every thirty days. */
async function phones(): Promise<string> {
  const data = await temporaryFolder()
  const rows = [40, 45, 50, 55].flatMap((pace) =>
    Array.from({ length: 45 }, (_, n) => {
      const date = new Date(Date.UTC(2020, 0, 1) + n * 30 * dayMs).toISOString().slice(0, 10)
      return `unit-${pace},iPhone8,${date},${Math.floor(100 - (30 * n) / pace)}`
    }),
  )
  await mkdir(join(data, 'phone_battery'))
  await writeFile(
    join(data, 'phone_battery', 'readings.csv'),
    ['unit,model,date,health_pct', ...rows].join('\n'),
  )
  return data
}

it('scores a folder: a table, one JSON object, and a page', async () => {
  const data = await phones()
  const html = join(data, 'score.html')
  const table = await runCommand(['score', '--data', data])
  expect(table.code, table.stderr).toBe(0)
  expect(table.stdout).toContain('Phone batteries in use')
  expect(table.stdout).toMatch(/Forewarn +\d+/)

  const asJson = await runCommand(['score', '--json', '--html', html], { FIELD_DATA_DIR: data })
  expect(asJson.code, asJson.stderr).toBe(0)
  expect(asJson.stdout.trimEnd().split('\n')).toHaveLength(1)
  const { sets } = asJson.result<{ sets: Record<string, Record<string, unknown>> }>()
  expect(Object.keys(sets)).toEqual(['phone_battery'])
  expect(sets.phone_battery).toMatchObject({
    forecasts: expect.any(Number),
    medianAbsErrorDays: expect.any(Number),
    baselines: { linearWindow: { medianAbsErrorDays: expect.any(Number) } },
  })
  expect(await readFile(html, 'utf8')).toContain('<h1>How good are the forecasts?</h1>')
})

it('says in words what is wrong with a folder', async () => {
  const nowhere = join(await temporaryFolder(), 'nowhere')
  const { code, stdout, stderr } = await runCommand(['score', '--data', nowhere, '--json'])
  expect(code).toBe(1)
  expect(stderr).toBe(`forewarn: ${nowhere}: no such folder of recorded data; see forewarn score --help\n`)
  expect(JSON.parse(stdout)).toEqual({
    error: `${nowhere}: no such folder of recorded data; see forewarn score --help`,
  })
})
