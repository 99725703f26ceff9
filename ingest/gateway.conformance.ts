import { connectAsync, type IClientOptions, type MqttClient } from 'mqtt'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { topics } from '../contract/topics.ts'
import type { Accept, Gateway, InboundMessage } from './gateway.ts'

/** One kind of gateway, with whatever broker it needs. */
export interface GatewayUnderTest {
  name: string
  /** Prepare a place (a broker, a port) at which gateways may start one after the other. */
  open(): Promise<GatewayEnvironment>
  /** What `publish` answers where no phone is connected. */
  withoutSubscriber: 'sent' | 'no_subscribers'
}

export interface GatewayEnvironment {
  /** A gateway that is not started. */
  createGateway(accept: Accept): Gateway
  /** Where devices connect to, known once a gateway has started. */
  deviceUrl(): string
  close(): Promise<void>
}

const names = topics('pm/v1')
const telemetry = names.telemetry('d-1')

/** What an acceptance got, and the promises that it gave for it. */
interface FakeAcceptance {
  accept: Accept
  received: string[]
  /** Let everything that waits, and all that comes, be acknowledged. */
  release(): void
}

function createFakeAcceptance(): FakeAcceptance {
  const got: string[] = []
  let open = false
  const waiting: (() => void)[] = []
  return {
    received: got,
    accept: ({ payload }: InboundMessage) => {
      got.push(payload.toString())
      return new Promise((resolve) => (open ? resolve() : waiting.push(resolve)))
    },
    release() {
      open = true
      for (const resolve of waiting) resolve()
    },
  }
}

/** Connecting again takes a second here and there. */
function waitUntil(condition: () => boolean): Promise<unknown> {
  return vi.waitUntil(condition, { timeout: 20_000, interval: 10 })
}

/** Register the tests that every gateway has to pass. */
export function describeGateway(subject: GatewayUnderTest): void {
  describe(subject.name, () => {
    let place: GatewayEnvironment
    const gateways: Gateway[] = []
    const clients: MqttClient[] = []

    async function start(accept: Accept): Promise<Gateway> {
      const gateway = place.createGateway(accept)
      gateways.push(gateway)
      await gateway.start()
      await waitUntil(() => gateway.info().connected)
      return gateway
    }

    async function client(clientId: string, options: IClientOptions = {}): Promise<MqttClient> {
      const connected = await connectAsync(place.deviceUrl(), { clientId, reconnectPeriod: 50, ...options })
      clients.push(connected)
      return connected
    }

    beforeEach(async () => {
      place = await subject.open()
    })

    afterEach(async () => {
      await Promise.all(clients.splice(0).map((each) => each.endAsync(true)))
      await Promise.all(gateways.splice(0).map((each) => each.stop()))
      await place.close()
    })

    test('hands over every message below the prefix, in order, and no other', async () => {
      const desk = createFakeAcceptance()
      desk.release()
      await start(desk.accept)
      const device = await client('d-1')
      await device.publishAsync('elsewhere/d-1', 'other', { qos: 1 })
      const sent = Array.from({ length: 200 }, (_, i) => `${i}`)
      await Promise.all(sent.map((payload) => device.publishAsync(telemetry, payload, { qos: 1 })))
      await waitUntil(() => desk.received.length >= sent.length)
      expect(desk.received).toEqual(sent)
    })

    test('takes further messages while it holds some', async () => {
      const desk = createFakeAcceptance()
      await start(desk.accept)
      const device = await client('d-1')
      const answers = ['a', 'b', 'c'].map((payload) => device.publishAsync(telemetry, payload, { qos: 1 }))
      await waitUntil(() => desk.received.length === 3)
      desk.release()
      await Promise.all(answers)
    })

    test('takes QoS 0 and 2 as well', async () => {
      const desk = createFakeAcceptance()
      desk.release()
      await start(desk.accept)
      const device = await client('d-1')
      await device.publishAsync(telemetry, 'zero', { qos: 0 })
      await device.publishAsync(telemetry, 'two', { qos: 2 })
      await waitUntil(() => desk.received.length === 2)
    })

    test('gets again, after a restart, what was not accepted, and only that', async () => {
      const first = createFakeAcceptance()
      const accepted = new Set(['a', 'b'])
      const gateway = await start((message) => {
        const held = first.accept(message)
        return accepted.has(message.payload.toString()) ? Promise.resolve() : held
      })
      const device = await client('d-1')
      const answers = ['a', 'b', 'c', 'd'].map((each) => device.publishAsync(telemetry, each, { qos: 1 }))
      await waitUntil(() => first.received.length === 4)
      await gateway.stop()

      const second = createFakeAcceptance()
      second.release()
      await start(second.accept)
      await Promise.all(answers)
      await waitUntil(() => second.received.length >= 2)
      expect(second.received).toEqual(['c', 'd'])
    })

    test('gets again what could not be accepted', async () => {
      const got: string[] = []
      await start(({ payload }) => {
        got.push(payload.toString())
        return got.length === 1 ? Promise.reject(new Error('no room')) : Promise.resolve()
      })
      const device = await client('d-1')
      await device.publishAsync(telemetry, 'a', { qos: 1 })
      await waitUntil(() => got.length >= 2)
      expect(new Set(got)).toEqual(new Set(['a']))
    })

    test('publishes to a phone that is connected', async () => {
      const gateway = await start(createFakeAcceptance().accept)
      const phone = await client('phone-u-1', { clean: false })
      const received: string[] = []
      phone.on('message', (_topic, payload) => received.push(payload.toString()))
      await phone.subscribeAsync(names.notices('u-1'), { qos: 1 })
      expect(await gateway.publish(names.notices('u-1'), 'notice', 60)).toBe('sent')
      await waitUntil(() => received.length === 1)
      expect(received).toEqual(['notice'])
    })

    test('reports when it knows that there is no subscriber', async () => {
      const gateway = await start(createFakeAcceptance().accept)
      expect(await gateway.publish(names.notices('u-2'), 'notice', 60)).toBe(subject.withoutSubscriber)
    })

    test('keeps a device that sends rubbish', async () => {
      const desk = createFakeAcceptance()
      desk.release()
      await start(desk.accept)
      const device = await client('d-1')
      const closed = vi.fn()
      device.on('close', closed)
      const rubbish = [Buffer.alloc(0), Buffer.from([0, 255, 254]), Buffer.alloc(1_000_000, '[')]
      for (const payload of rubbish) await device.publishAsync(telemetry, payload, { qos: 1 })
      await waitUntil(() => desk.received.length === 3)
      expect(closed).not.toHaveBeenCalled()
    })

    test('stops although something is never accepted', async () => {
      const desk = createFakeAcceptance()
      const gateway = await start(desk.accept)
      const device = await client('d-1')
      device.publish(telemetry, 'a', { qos: 1 })
      await waitUntil(() => desk.received.length === 1)
      await gateway.stop()
      expect(gateway.info().connected).toBe(false)
    })
  })
}
