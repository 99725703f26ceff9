import { setTimeout as sleep } from 'node:timers/promises'
import { connectAsync, type MqttClient } from 'mqtt'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { topics } from '../../contract/topics.ts'
import { findExecutable } from '../../test/support/executables.ts'
import { type Mosquitto, startMosquitto } from '../../test/support/mosquitto.ts'
import type { Accept, Gateway } from '../gateway.ts'
import { createExternalBroker, type ExternalBrokerOptions, PublishError } from './external-broker.ts'

const names = topics('pm/v1')
const executable = findExecutable('mosquitto') ?? ''

function until(condition: () => boolean): Promise<unknown> {
  return vi.waitUntil(condition, { timeout: 20_000, interval: 10 })
}

describe.skipIf(executable === '')('a client of Mosquitto', () => {
  let mosquitto: Mosquitto
  const gateways: Gateway[] = []
  const devices: MqttClient[] = []

  beforeEach(async () => {
    mosquitto = await startMosquitto({ executable })
  })

  afterEach(async () => {
    await Promise.all(devices.splice(0).map((each) => each.endAsync(true)))
    await Promise.all(gateways.splice(0).map((each) => each.stop()))
    await mosquitto.stop()
  })

  function create(accept: Accept, options: Partial<ExternalBrokerOptions> = {}): Gateway {
    const gateway = createExternalBroker({
      url: mosquitto.url,
      protocolVersion: 5,
      clientId: 'forewarn-test',
      topics: names,
      accept,
      onError: () => undefined,
      ...options,
    })
    gateways.push(gateway)
    return gateway
  }

  async function device(): Promise<MqttClient> {
    const connected = await connectAsync(mosquitto.url, { clientId: 'd-1', reconnectPeriod: 50 })
    devices.push(connected)
    return connected
  }

  test('starts while the broker is away, says why once, and connects when it is there', async () => {
    await mosquitto.kill()
    const errors: Error[] = []
    const got: string[] = []
    const accept: Accept = async ({ topic }) => {
      got.push(topic)
    }
    const gateway = create(accept, { onError: (error) => errors.push(error) })
    await gateway.start()
    expect(gateway.info().connected).toBe(false)
    await expect(gateway.publish(names.notices('u-1'), 'notice', 60)).rejects.toThrow(PublishError)
    await mosquitto.restart()
    await until(() => gateway.info().connected)
    expect(errors).toHaveLength(1)
    await (await device()).publishAsync(names.telemetry('d-1'), '{}', { qos: 1 })
    await until(() => got.length === 1)
  })

  test('marks what the broker kept from earlier, and not what is sent now', async () => {
    const sender = await device()
    await sender.publishAsync(names.state('d-1'), 'online', { qos: 1, retain: true })
    const got: (true | undefined)[] = []
    const gateway = create(async ({ retained }) => {
      got.push(retained)
    })
    await gateway.start()
    await until(() => got.length === 1)
    await sender.publishAsync(names.state('d-1'), 'lost', { qos: 1, retain: true })
    await until(() => got.length === 2)
    expect(got).toEqual([true, undefined])
  })

  test('gets again, after the broker has died, what was not acknowledged', async () => {
    const got: string[] = []
    let open = false
    const gateway = create(({ payload }) => {
      got.push(payload.toString())
      return open ? Promise.resolve() : new Promise(() => undefined)
    })
    await gateway.start()
    await (await device()).publishAsync(names.telemetry('d-1'), 'a', { qos: 1 })
    await until(() => got.length === 1)
    open = true
    await mosquitto.restart()
    await until(() => got.length >= 2)
    expect(new Set(got)).toEqual(new Set(['a']))
  })

  test.each([4, 5] as const)(
    'keeps its connection however long it holds a message, MQTT %s',
    async (version) => {
      const errors: Error[] = []
      const got: string[] = []
      let commit: () => void = () => undefined
      const accept: Accept = ({ payload }) => {
        got.push(payload.toString())
        return new Promise((resolve) => {
          commit = resolve
        })
      }
      const onError = (error: Error): number => errors.push(error)
      const gateway = create(accept, { protocolVersion: version, keepaliveSeconds: 1, onError })
      await gateway.start()
      const sender = await device()
      await sender.publishAsync(names.telemetry('d-1'), 'a', { qos: 1 })
      await until(() => got.length === 1)
      // A broker gives up on a client that is silent for one and a half times the keepalive.
      await sleep(3_000)
      expect(gateway.info().connected).toBe(true)
      commit()
      await sender.publishAsync(names.telemetry('d-1'), 'b', { qos: 1 })
      await until(() => got.length === 2)
      expect({ got, errors }).toEqual({ got: ['a', 'b'], errors: [] })
    },
  )

  test('gets the retained states of devices that came before it', async () => {
    await (await device()).publishAsync(names.state('d-1'), 'online', { qos: 1, retain: true })
    const got: string[] = []
    await create(async ({ topic }) => {
      got.push(topic)
    }).start()
    await until(() => got.length === 1)
    expect(got).toEqual([names.state('d-1')])
  })

  test('stops although a notice was not answered, because the broker hangs', async () => {
    const gateway = create(async () => undefined)
    await gateway.start()
    mosquitto.pause()
    const published = gateway.publish(names.notices('u-1'), 'notice', 60)
    const rejected = expect(published).rejects.toThrow(PublishError)
    await gateway.stop()
    mosquitto.resume()
    await rejected
  })

  test('does not show its password', () => {
    const gateway = create(async () => undefined, { url: 'mqtt://user:secret@broker.example:1883' })
    expect(gateway.info().url).toBe('mqtt://broker.example:1883')
  })
})
