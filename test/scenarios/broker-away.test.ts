import { describe, expect, it } from 'vitest'
import { ConstantLoadDevices } from '../support/constant-load-devices.ts'
import { findExecutable } from '../support/executables.ts'
import { eventually } from '../support/program.ts'
import { startProgram } from '../support/start-program.ts'
import { acknowledges, caughtUp, silence, startPart, Watched } from './watched-program.ts'

const timeout = 240_000

describe.skipIf(findExecutable('mosquitto') === undefined)('the broker away', () => {
  // Killed, Mosquitto forgets what it has acknowledged and not yet saved: that is not ours to keep.
  it.each(['ended', 'paused'])('%s: devices keep what they have, and go on', { timeout }, async (way) => {
    const broker = await startPart('mosquitto')
    const up = await startProgram({ MQTT_URL: broker.url })
    const watched = new Watched(up)
    const devices = await ConstantLoadDevices.start(broker.url, 5)
    await acknowledges(devices, 500)
    if (way === 'ended') {
      await broker.end()
      const { impact } = await eventually(async () => (await watched.readiness()).wrong.get('gateway'))
      expect(impact).toContain('the broker keeps it, or the devices do')
    } else broker.pause()
    await silence(devices)
    if (way === 'ended') await broker.restart()
    else broker.resume()
    await acknowledges(devices, 500)
    await caughtUp(watched, devices)
  })
})
