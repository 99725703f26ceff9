import { once } from 'node:events'
import { connect as connectSocket } from 'node:net'
import { connect, type IClientOptions, type MqttClient } from 'mqtt'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { topics } from '../../contract/topics.ts'
import type { Gateway, InboundMessage } from '../gateway.ts'
import { createEmbeddedBroker, type EmbeddedBrokerOptions } from './embedded-broker.ts'

const names = topics('pm/v1')
const notices = names.notices('u-1')
const persistent = { clean: false }
const gateways: Gateway[] = []
const clients: MqttClient[] = []

afterEach(async () => {
  await Promise.all(clients.splice(0).map((each) => each.endAsync(true)))
  await Promise.all(gateways.splice(0).map((each) => each.stop()))
})

interface Started {
  gateway: Gateway
  accepted: InboundMessage[]
  errors: Error[]
}

async function start(options: Partial<EmbeddedBrokerOptions> = {}): Promise<Started> {
  const accepted: InboundMessage[] = []
  const errors: Error[] = []
  const gateway = createEmbeddedBroker({
    host: '127.0.0.1',
    port: 0,
    topics: names,
    maxConnections: 100,
    accept: async (message) => {
      accepted.push(message)
    },
    onClientError: (error) => errors.push(error),
    ...options,
  })
  gateways.push(gateway)
  await gateway.start()
  return { gateway, accepted, errors }
}

test('counts and reports clients that disconnect each other, and messages outside the prefix', async () => {
  const takeovers: string[] = []
  const outside: object[] = []
  const { gateway, accepted } = await start({
    onTakeover: (clientId) => takeovers.push(clientId),
    onOutsidePrefix: (message) => outside.push(message),
  })
  const first = await client(gateway, 'factory-default')
  const closed = happens(first.mqtt, 'close')
  const second = await client(gateway, 'factory-default')
  await closed
  await second.mqtt.publishAsync('PM/v1/devices/d-1/telemetry', '{}', { qos: 1 })
  expect(takeovers).toEqual(['factory-default'])
  expect(outside).toEqual([{ topic: 'PM/v1/devices/d-1/telemetry', clientId: 'factory-default' }])
  expect(accepted).toEqual([])
  await second.mqtt.endAsync()
  await vi.waitUntil(() => gateway.info().connections === 0)
  await client(gateway, 'factory-default')
  await vi.waitUntil(() => gateway.info().connections === 1)
  expect(gateway.info()).toMatchObject({ takeovers: 1, outsidePrefix: 1 })
})

interface TestClient {
  mqtt: MqttClient
  got: string[]
}

/** Connect; what the broker sends at once is not missed. */
async function client(gateway: Gateway, clientId: string, options: IClientOptions = {}): Promise<TestClient> {
  const mqtt = connect(gateway.info().url, { clientId, reconnectPeriod: 0, ...options })
  clients.push(mqtt)
  const got: string[] = []
  mqtt.on('error', () => undefined)
  mqtt.on('message', (_topic, payload) => got.push(payload.toString()))
  await happens(mqtt, 'connect')
  return { mqtt, got }
}

function happens(mqtt: MqttClient, event: 'connect' | 'close'): Promise<void> {
  return new Promise((resolve) => mqtt.once(event, () => resolve()))
}

function until(condition: () => boolean): Promise<unknown> {
  return vi.waitUntil(condition, { timeout: 20_000, interval: 10 })
}

test('a client with MQTT 5 is rejected, and the report says what to do', async () => {
  const { gateway, errors } = await start()
  const mqtt = connect(gateway.info().url, { clientId: 'd-1', reconnectPeriod: 0, protocolVersion: 5 })
  clients.push(mqtt)
  const error = await new Promise((resolve) => mqtt.on('error', resolve))
  expect(error).toMatchObject({ code: 1 })
  await vi.waitFor(() => expect(errors).toHaveLength(1))
  expect(errors[0]?.message).toBe(
    'client "d-1" uses MQTT 5, and this broker has 3.1 and 3.1.1: set the client to MQTT 3.1.1, or use an external broker (mqtt.url)',
  )
})

describe('what arrives', () => {
  test('comes with the name of who sent it; a last will too', async () => {
    const { gateway, accepted } = await start()
    const will = { topic: names.state('d-1'), payload: Buffer.from('lost'), qos: 1, retain: true } as const
    const { mqtt } = await client(gateway, 'd-1', { will })
    await mqtt.publishAsync(names.telemetry('d-1'), '{}', { qos: 1 })
    mqtt.stream.destroy()
    await until(() => accepted.length === 2)
    expect(accepted.map(({ topic, clientId }) => ({ topic, clientId }))).toEqual([
      { topic: names.telemetry('d-1'), clientId: 'd-1' },
      { topic: names.state('d-1'), clientId: 'd-1' },
    ])
  })

  test('is other clients’ to read as well: this is a broker', async () => {
    const { gateway } = await start()
    const reader = await client(gateway, 'reader')
    await reader.mqtt.subscribeAsync(['elsewhere', names.telemetry('+')], { qos: 1 })
    const writer = await client(gateway, 'writer')
    await writer.mqtt.publishAsync('elsewhere', 'a', { qos: 1 })
    await writer.mqtt.publishAsync(names.telemetry('d-1'), 'b', { qos: 1 })
    await until(() => reader.got.length === 2)
    expect(reader.got).toEqual(['a', 'b'])
  })

  test('may not be the broker’s own topics', async () => {
    const { gateway, errors } = await start()
    const { mqtt } = await client(gateway, 'd-1')
    const closed = happens(mqtt, 'close')
    mqtt.publish('$SYS/broker/new/clients', 'x', { qos: 1 })
    await closed
    expect(errors.map(({ name }) => name)).toContain('ReservedTopicError')
  })

  test('is not queued for a session that is away: memory would have to hold the whole flood', async () => {
    const { gateway } = await start()
    const { mqtt } = await client(gateway, 'forgotten', persistent)
    await expect(mqtt.subscribeAsync('pm/v1/#', { qos: 1 })).rejects.toThrow()
    await mqtt.subscribeAsync('pm/v1/#', { qos: 0 })
  })
})

describe('limits', () => {
  test('a packet that would fill the memory closes its connection, and no other', async () => {
    const { gateway, errors } = await start({ limits: { packetBytes: 2_000_000 } })
    const bystander = await client(gateway, 'd-2')
    const { mqtt } = await client(gateway, 'd-1')
    const closed = happens(mqtt, 'close')
    mqtt.publish(names.telemetry('d-1'), Buffer.alloc(3_000_000), { qos: 1 })
    await closed
    expect(errors.map(({ name }) => name)).toContain('PacketViolationError')
    await bystander.mqtt.publishAsync(names.telemetry('d-2'), '{}', { qos: 1 })
  })

  test('connections beyond the limit are closed at once', async () => {
    const { gateway } = await start({ maxConnections: 1 })
    await client(gateway, 'd-1')
    const { port } = new URL(gateway.info().url)
    const socket = connectSocket(Number(port), '127.0.0.1')
    socket.resume()
    await once(socket, 'close')
    expect(gateway.info().connections).toBe(1)
  })

  test('connections are counted right when clients take over one another', async () => {
    const { gateway } = await start()
    for (let round = 0; round < 5; round++) {
      const mqtts = Array.from({ length: 20 }, () =>
        connect(gateway.info().url, { clientId: 'd-1', clean: false, reconnectPeriod: 0 }),
      )
      clients.push(...mqtts)
      for (const mqtt of mqtts) mqtt.on('error', () => undefined)
      await until(() => mqtts.some(({ connected }) => connected))
      for (const mqtt of mqtts) mqtt.stream.destroy()
    }
    await until(() => gateway.info().connections === 0)
    await client(gateway, 'd-1')
    await until(() => gateway.info().connections === 1)
  })

  test('a connection that speaks no MQTT is closed', async () => {
    const { gateway } = await start()
    const { port } = new URL(gateway.info().url)
    const socket = connectSocket(Number(port), '127.0.0.1')
    socket.resume()
    socket.end('GET / HTTP/1.1\r\n\r\n')
    await once(socket, 'close')
  })
})

describe('notices', () => {
  test('are published after the subscription of a phone, or the return of its session, was reported', async () => {
    const { gateway } = await start()
    const told: string[] = []
    gateway.onSubscribe((topic, clientId) => told.push(`${clientId} ${topic}`))
    const first = await client(gateway, 'phone-u-1', persistent)
    await first.mqtt.subscribeAsync(notices, { qos: 1 })
    await first.mqtt.endAsync()
    const again = await client(gateway, 'phone-u-1', persistent)
    await until(() => told.length === 2)
    expect(told).toEqual([`phone-u-1 ${notices}`, `phone-u-1 ${notices}`])
    expect(await gateway.publish(notices, 'notice', 60)).toBe('sent')
    await until(() => again.got.length === 1)
  })

  test('have no listener when the phone has gone or has unsubscribed', async () => {
    const { gateway } = await start()
    const { mqtt } = await client(gateway, 'phone-u-1', persistent)
    await mqtt.subscribeAsync(notices, { qos: 1 })
    await mqtt.unsubscribeAsync(notices)
    expect(await gateway.publish(notices, 'notice', 60)).toBe('no_subscribers')
    await mqtt.subscribeAsync(notices, { qos: 1 })
    await mqtt.endAsync()
    await until(() => gateway.info().connections === 0)
    expect(await gateway.publish(notices, 'notice', 60)).toBe('no_subscribers')
  })

  test('are not sent again from the broker’s memory', async () => {
    const { gateway } = await start()
    const first = await client(gateway, 'phone-u-1', persistent)
    await first.mqtt.subscribeAsync([notices, 'elsewhere'], { qos: 1 })
    // Gone without an acknowledgement: the broker keeps it for the session.
    first.mqtt.handleMessage = () => first.mqtt.stream.destroy()
    expect(await gateway.publish(notices, 'lost on the way', 60)).toBe('sent')
    await until(() => gateway.info().connections === 0)
    const writer = await client(gateway, 'writer')
    await writer.mqtt.publishAsync('elsewhere', 'kept for the session', { qos: 1 })

    const again = await client(gateway, 'phone-u-1', persistent)
    await until(() => again.got.length > 0)
    expect(again.got).toEqual(['kept for the session'])
    await gateway.publish(notices, 'again', 60)
    await until(() => again.got.length === 2)
  })

  test('can be forged by no client, now or for later', async () => {
    const { gateway } = await start()
    const forger = await client(gateway, 'd-1')
    await forger.mqtt.publishAsync(notices, 'forged', { qos: 1, retain: true })
    const { mqtt, got } = await client(gateway, 'phone-u-1', persistent)
    await mqtt.subscribeAsync(notices, { qos: 1 })
    await forger.mqtt.publishAsync(notices, 'forged', { qos: 1 })
    await gateway.publish(notices, 'true', 60)
    await until(() => got.length > 0)
    expect(got).toEqual(['true'])
  })
})

test('a port in use is an error at start', async () => {
  const { gateway } = await start()
  const port = Number(new URL(gateway.info().url).port)
  await expect(start({ port })).rejects.toMatchObject({ code: 'EADDRINUSE' })
})

describe('stopping', () => {
  test('waits for what is being accepted, and acknowledges it', async () => {
    const commits: (() => void)[] = []
    const { gateway } = await start({ accept: () => new Promise((resolve) => commits.push(resolve)) })
    const { mqtt } = await client(gateway, 'd-1')
    const acknowledged = mqtt.publishAsync(names.telemetry('d-1'), '{}', { qos: 1 })
    await until(() => commits.length === 1)
    const stopped = gateway.stop()
    for (const commit of commits) commit()
    await Promise.all([stopped, acknowledged])
  })

  test('says of no device that it is lost', async () => {
    const { gateway, accepted } = await start()
    const will = { topic: names.state('d-1'), payload: Buffer.from('lost'), qos: 1, retain: true } as const
    const { mqtt } = await client(gateway, 'd-1', { will })
    const closed = happens(mqtt, 'close')
    await gateway.stop()
    await closed
    expect(accepted).toEqual([])
  })
})
