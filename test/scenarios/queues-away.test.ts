import { describe, expect, it } from 'vitest'
import { ConstantLoadDevices } from '../support/constant-load-devices.ts'
import { findExecutable } from '../support/executables.ts'
import { eventually } from '../support/program.ts'
import { startProgram } from '../support/start-program.ts'
import { acknowledges, caughtUp, startPart, Watched } from './watched-program.ts'

const timeout = 240_000

describe.skipIf(findExecutable('redis-server') === undefined)('Redis with the queues away', () => {
  it.each(['killed', 'paused'])('%s: devices go on, what is away is told', { timeout }, async (way) => {
    const redis = await startPart('redis-server')
    const up = await startProgram({ REDIS_URL: redis.url })
    const watched = new Watched(up)
    const devices = await ConstantLoadDevices.start(up.mqttUrl, 5)
    await acknowledges(devices, 500)
    if (way === 'killed') await redis.kill()
    else redis.pause()
    await eventually(async () => (await watched.readiness()).wrong.get('queues'))
    await acknowledges(devices, 500)
    expect((await watched.readiness()).status).toBe(200)
    if (way === 'killed') await redis.restart()
    else redis.resume()
    await caughtUp(watched, devices)
  })
})
