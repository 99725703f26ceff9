import { expect, it } from 'vitest'
import { ConstantLoadDevices } from '../../support/constant-load-devices.ts'
import { findExecutable } from '../../support/executables.ts'
import { eventually } from '../../support/program.ts'
import { startProgram } from '../../support/start-program.ts'
import { acknowledges, caughtUp, silence, startPart, Watched } from '../watched-program.ts'

const smallJournal = { FOREWARN_JOURNAL_MAX_BYTES: '512KiB', FOREWARN_JOURNAL_KEEP_ENTRIES: '1000' }
const devicesAtOnce = 10
/**
 * Of each device. Near its limit the journal takes one commit a second. With few readings in each it fills for long; with many it is
 * full between two looks, as each takes up to two seconds while a backend does not answer.
 */
const maxInFlight = 10

const consumers = {
  postgres: { variable: 'DATABASE_URL', name: 'records' },
  influxd: { variable: 'INFLUX_URL', name: 'series' },
} as const

/** Define a test that takes a backend away until the journal is full, and brings it back. */
export function testBackPressure(part: keyof typeof consumers, way: 'killed' | 'paused'): void {
  const { variable, name } = consumers[part]
  const isMissing = findExecutable(part) === undefined
  it.skipIf(isMissing)(
    `${part} ${way} slows devices down, then holds them up, loses nothing, and all catches up by itself`,
    { timeout: 240_000 },
    async () => {
      const backend = await startPart(part)
      const up = await startProgram({ ...smallJournal, [variable]: backend.url })
      const watched = new Watched(up)
      const devices = await ConstantLoadDevices.start(up.mqttUrl, devicesAtOnce, maxInFlight)
      await acknowledges(devices, 1_000)
      if (way === 'killed') await backend.kill()
      else backend.pause()
      await devices.announce()

      const impaired = await eventually(async () => (await watched.readiness()).wrong.get(name))
      expect(impaired).toMatchObject({ state: 'degraded', remedy: expect.any(String) })
      expect(impaired.impact).toMatch(/kept in the journal, \d+ % full; nothing is lost/)
      let slowest = 0
      const full = await eventually(async () => {
        const [pause, { status, wrong }] = await Promise.all([
          watched.metric('forewarn_ingest_backpressure_pause_seconds'),
          watched.readiness(),
        ])
        slowest = Math.max(slowest, pause)
        return status === 503 ? wrong.get('journal') : undefined
      })
      expect(slowest).toBeGreaterThan(0)
      expect(full).toMatchObject({ state: 'down', detail: expect.stringMatching(/^full with/) })
      expect(full.impact).toContain('devices are not acknowledged, keep their readings')
      await silence(devices)
      expect(devices.acknowledged).toBe(await watched.metric('forewarn_readings_stored_total'))

      if (way === 'killed') await backend.restart()
      else backend.resume()
      await acknowledges(devices, 1_000)
      await caughtUp(watched, devices)
      expect((await up.program.terminate('SIGTERM')).code).toBe(0)
    },
  )
}
