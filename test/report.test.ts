import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { type MonthlyReport, reportSchema } from '../desk/reports/report-schema.ts'
import { recordFixtures } from '../desk/reports/testing/record-fixtures.ts'
import { openRecords } from '../store/records/records-store.ts'
import { runCommand } from './support/run-command.ts'
import { startProgram } from './support/start-program.ts'

async function folder(): Promise<string> {
  const made = await mkdtemp(join(tmpdir(), 'forewarn-report-'))
  onTestFinished(() => rm(made, { recursive: true, force: true }))
  return made
}

it('a report is read from the records, or asked of the program that has them', {
  timeout: 240_000,
}, async () => {
  const dataDir = await folder()
  const records = await openRecords({
    dir: join(dataDir, 'records'),
    onError: (error) => expect.fail(error.message),
  })
  const put = recordFixtures(records.db)
  await put.device('d-1')
  await put.ticket('t-1', { device_id: 'd-1', created_at: new Date('2026-05-31T20:00:00Z') })
  await records.close()

  const [html, csv] = [join(dataDir, 'june.html'), join(dataDir, 'june.csv')]
  const args = [
    'report',
    '--month',
    '2026-06',
    '--time-zone',
    'Asia/Shanghai',
    '--json',
    '--html',
    html,
    '--csv',
    csv,
  ]
  const env = { FOREWARN_DATA_DIR: dataDir }
  const read = await runCommand(args, env)
  expect([read.code, read.stderr]).toEqual([0, `drawn in ${html}\nevery figure is in ${csv}\n`])
  const report = reportSchema.parse(read.result<MonthlyReport>())
  expect(report).toMatchObject({ timeZone: 'Asia/Shanghai', tickets: { opened: 1 } })
  expect(await readFile(html, 'utf8')).toContain('<h1>Service in June 2026</h1>')
  expect(await readFile(csv, 'utf8')).toContain('tickets,,opened,1,')

  const { httpUrl } = await startProgram(env)
  const port = new URL(httpUrl).port
  const asked = await runCommand(args, { ...env, FOREWARN_HTTP_PORT: port })
  expect(asked.code).toBe(0)
  expect({ ...asked.result<MonthlyReport>(), generatedAt: '' }).toEqual({ ...report, generatedAt: '' })
})

it.each([
  [['report', '--month', 'June'], 2, 'Give a month such as 2026-06.'],
  [['report', '--month', '2026-06'], 1, 'no program ever ran on it'],
])('refuses %j', { timeout: 60_000 }, async (args, exitCode, message) => {
  const { code, stderr } = await runCommand(args, { FOREWARN_DATA_DIR: join(await folder(), 'none') })
  expect([code, stderr]).toEqual([exitCode, expect.stringContaining(message)])
})
