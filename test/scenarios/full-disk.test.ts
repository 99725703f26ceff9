import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { ConstantLoadDevices } from '../support/constant-load-devices.ts'
import { eventually } from '../support/program.ts'
import { startProgram } from '../support/start-program.ts'
import { acknowledges, caughtUp, silence, Watched } from './watched-program.ts'

const timeout = 240_000

/** Of util-linux: changes the limits of a process that runs. */
const prlimit = '/usr/bin/prlimit'

describe.skipIf(!existsSync(prlimit))('a full disk of all embedded parts', () => {
  it('holds devices up and loses nothing; all goes on as soon as there is room', { timeout }, async () => {
    const up = await startProgram()
    const watched = new Watched(up)
    const devices = await ConstantLoadDevices.start(up.mqttUrl, 5, 100)
    await acknowledges(devices, 500)
    const { pid } = up.program.child
    const limit = (size: string) => execFileSync(prlimit, ['--pid', `${pid}`, `--fsize=${size}`])
    // No file may become larger: the next page of the journal does not fit.
    limit(`${(await stat(join(up.dataDir, 'journal', 'data.mdb'))).size}:`)
    const { detail, remedy } = await eventually(async () => {
      const { status, wrong } = await watched.readiness()
      return status === 503 ? wrong.get('journal') : undefined
    })
    expect(detail).toMatch(/the journal could not be written/)
    expect(remedy).toContain('make room on the disk')
    await silence(devices)
    limit('unlimited:')
    await acknowledges(devices, 500)
    await caughtUp(watched, devices)
    expect((await up.program.terminate('SIGTERM')).code).toBe(0)
  })
})
