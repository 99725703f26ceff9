import { describe, expect, it } from 'vitest'
import { ConstantLoadDevices } from '../support/constant-load-devices.ts'
import { findExecutable } from '../support/executables.ts'
import { startProgram } from '../support/start-program.ts'
import { acknowledges, caughtUp, startPart, Watched } from './watched-program.ts'

const timeout = 240_000

describe.skipIf(findExecutable('influxd') === undefined)('while the series are away', () => {
  it('the newest accepted values of a device are shown, and how far the charts are behind', {
    timeout,
  }, async () => {
    const influx = await startPart('influxd')
    const up = await startProgram({ INFLUX_URL: influx.url })
    const watched = new Watched(up)
    const devices = await ConstantLoadDevices.start(up.mqttUrl, 1)
    await acknowledges(devices, 100)
    await influx.kill()
    await acknowledges(devices, 100)
    await devices.finish()
    type Shown = { latest: { value: number }[]; seriesBehind: number }
    const { latest, seriesBehind } = await watched.get<Shown>('/api/devices/phone-0')
    expect(latest).toMatchObject([{ metric: 'battery_cycles', value: (devices.acknowledged - 1) % 1_000 }])
    expect(seriesBehind).toBeGreaterThanOrEqual(100)
    await influx.restart()
    await caughtUp(watched, devices)
    expect((await watched.get<Shown>('/api/devices/phone-0')).seriesBehind).toBe(0)
  })
})
