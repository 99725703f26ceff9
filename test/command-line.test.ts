import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { freePort } from './support/ports.ts'
import { eventually, Program, runProgram } from './support/program.ts'

// What belongs to a process: exit codes, streams, signals. What commands say is tested in bin/command-line.test.ts.

it('ends with the exit code of the command, and separates results from errors', async () => {
  const help = await runProgram(['--help'])
  expect([help.child.exitCode, help.stderr]).toEqual([0, ''])
  expect(help.stdout).toContain('Usage: forewarn')
  const misused = await runProgram(['conifg'])
  expect([misused.child.exitCode, misused.stdout]).toEqual([2, ''])
  expect(misused.stderr).toContain('Did you mean config?')
  const failed = await runProgram(['up', '--json'], { FOREWARN_HTTP_PORT: '80a' })
  expect(failed.child.exitCode).toBe(1)
  expect(failed.stderr).toContain(failed.result<{ error: string }>().error)
})

it.each([
  ['a replay', ['replay', '../recording.csv', '--map', '../map.yaml']],
  ['a simulation', ['simulate', '--devices', '2', '--days', '2']],
])('%s that is interrupted, here while the broker is away', async (_what, [command = '', ...args]) => {
  const folder = await mkdtemp(join(tmpdir(), 'forewarn-cli-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  await writeFile(join(folder, 'recording.csv'), 'unit,date,pct\na,2026-01-01,90\n')
  const map =
    'kind: phone\nunit: { column: unit }\ntime: { column: date }\nmetrics: { battery_health_pct: pct }\n'
  await writeFile(join(folder, 'map.yaml'), map)
  const placed = args.map((argument) => argument.replace(/^\.\./, folder))
  const url = `mqtt://127.0.0.1:${await freePort()}`
  const program = new Program([command, ...placed, '--url', url, '--json'])
  onTestFinished(async () => {
    await program.terminate('SIGKILL')
  })
  await eventually(async () => program.stderr.includes('has no connection') || undefined)
  const { code } = await program.terminate('SIGINT')
  expect(code).toBe(1)
  expect(program.result()).toMatchObject({ published: 0, error: 'interrupted' })
})

it('ends cleanly when its output is closed', async () => {
  const program = new Program(['config'])
  program.child.stdout?.destroy()
  const { code, stderr } = await program.waitForExit()
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
})
