import { once } from 'node:events'
import { connect as connectSocket } from 'node:net'
import { connect, type IClientOptions, type MqttClient } from 'mqtt'
import { afterEach, expect, test, vi } from 'vitest'
import { topics } from '../../contract/topics.ts'
import type { Gateway } from '../gateway.ts'
import { type BrokerLimits, fixedBrokerLimits } from './broker-limits.ts'
import { createEmbeddedBroker } from './embedded-broker.ts'

const names = topics('pm/v1')
const telemetry = names.telemetry('d-1')
const persistent = { clean: false }
const gateways: Gateway[] = []
const clients: MqttClient[] = []

afterEach(async () => {
  await Promise.all(clients.splice(0).map((each) => each.endAsync(true)))
  await Promise.all(gateways.splice(0).map((each) => each.stop()))
})

interface Started {
  gateway: Gateway
  accepted: string[]
  errors: string[]
}

async function start(limits: Partial<BrokerLimits> = {}): Promise<Started> {
  const accepted: string[] = []
  const errors: string[] = []
  const gateway = createEmbeddedBroker({
    host: '127.0.0.1',
    port: 0,
    topics: names,
    maxConnections: 100,
    accept: async ({ payload }) => {
      accepted.push(payload.toString())
    },
    onClientError: (error) => errors.push(error.name),
    limits,
  })
  gateways.push(gateway)
  await gateway.start()
  return { gateway, accepted, errors }
}

interface TestClient {
  mqtt: MqttClient
  got: string[]
  sessionPresent: boolean
}

async function client(gateway: Gateway, clientId: string, options: IClientOptions = {}): Promise<TestClient> {
  const mqtt = connect(gateway.info().url, { clientId, reconnectPeriod: 0, resubscribe: false, ...options })
  clients.push(mqtt)
  const got: string[] = []
  mqtt.on('message', (_topic, payload) => got.push(payload.toString()))
  const sessionPresent = await new Promise<boolean>((resolve, reject) => {
    mqtt.once('connect', (connack) => resolve(connack.sessionPresent))
    mqtt.once('error', reject)
  })
  mqtt.on('error', () => undefined)
  return { mqtt, got, sessionPresent }
}

function until(condition: () => boolean): Promise<unknown> {
  return vi.waitUntil(condition, { timeout: 20_000, interval: 10 })
}

test('who connects and does not say who it is is not waited for', async () => {
  const { gateway } = await start({ connectTimeoutMs: 50 })
  const socket = connectSocket(Number(new URL(gateway.info().url).port), '127.0.0.1')
  socket.resume()
  socket.write(Buffer.from([0x10, 20]))
  await once(socket, 'close')
})

test('who sends too fast is slowed down, loses nothing, and delays no other client', async () => {
  const { gateway, accepted } = await start({ messageRate: 100 })
  const flooder = await client(gateway, 'd-1')
  const sent = Array.from({ length: 250 }, (_, i) => `${i}`)
  const flood = Promise.all(sent.map((payload) => flooder.mqtt.publishAsync(telemetry, payload, { qos: 1 })))
  const other = await client(gateway, 'd-2')
  await other.mqtt.publishAsync(names.telemetry('d-2'), 'other', { qos: 1 })
  expect(accepted.length).toBeLessThan(sent.length)
  await flood
  expect(accepted.filter((payload) => payload !== 'other')).toEqual(sent)
  expect(gateway.info().limitHits?.message_rate).toBeGreaterThan(0)
})

test('topic filters beyond the limit are rejected, those that are too deep as well', async () => {
  const { gateway } = await start({ subscriptions: 2 })
  const { mqtt } = await client(gateway, 'reader')
  await mqtt.subscribeAsync(['a', 'b'])
  await expect(mqtt.subscribeAsync('c')).rejects.toThrow()
  await mqtt.subscribeAsync('b')
  await mqtt.unsubscribeAsync('a')
  await expect(mqtt.subscribeAsync('x/'.repeat(fixedBrokerLimits.topicLevels))).rejects.toThrow()
  await mqtt.subscribeAsync('c')
  expect(gateway.info().limitHits).toEqual({ subscriptions: 2 })
})

test('what was rejected beside something that was not is not kept for the session either', async () => {
  const { gateway } = await start()
  const first = await client(gateway, 'reader', persistent)
  await expect(first.mqtt.subscribeAsync(['elsewhere', 'pm/v1/#'], { qos: 1 })).rejects.toThrow()
  await first.mqtt.endAsync()
  const writer = await client(gateway, 'writer')
  await writer.mqtt.publishAsync(telemetry, 'not to be queued', { qos: 1 })
  await writer.mqtt.publishAsync('elsewhere', 'queued', { qos: 1 })
  const again = await client(gateway, 'reader', persistent)
  await until(() => again.got.length > 0)
  expect(again.got).toEqual(['queued'])
})

test('retained messages are bounded, and can be taken back', async () => {
  const { gateway } = await start({ retainedBytes: 1_500 })
  const writer = await client(gateway, 'writer')
  const retain = (topic: string, payload: string) =>
    writer.mqtt.publishAsync(topic, payload, { qos: 1, retain: true })
  for (const topic of ['a', 'b', 'c']) await retain(topic, `first of ${topic}`)
  const early = await client(gateway, 'early')
  await early.mqtt.subscribeAsync(['a', '+'])
  await until(() => early.got.length === 3)
  expect(early.got).toEqual(['first of a', 'first of a', 'first of b'])
  await retain('a', '')
  await retain('c', 'second of c')
  await retain('c', 'x'.repeat(fixedBrokerLimits.retainedPayloadBytes + 1))
  const late = await client(gateway, 'late')
  await late.mqtt.subscribeAsync('#')
  await until(() => late.got.length === 2)
  expect(late.got).toEqual(['first of b', 'second of c'])
  expect(gateway.info().limitHits).toEqual({ retained: 2 })
})

test('messages queued for those who are away are bounded', async () => {
  const { gateway } = await start({ queuedBytes: 1_500 })
  const reader = await client(gateway, 'reader', persistent)
  await reader.mqtt.subscribeAsync('a', { qos: 1 })
  await reader.mqtt.endAsync()
  const writer = await client(gateway, 'writer')
  for (const payload of ['1', '2', '3']) await writer.mqtt.publishAsync('a', payload, { qos: 1 })
  const again = await client(gateway, 'reader', persistent)
  await until(() => again.got.length === 2)
  expect(again.got).toEqual(['1', '2'])
  await writer.mqtt.publishAsync('a', '4', { qos: 1 })
  await until(() => again.got.length === 3)
  expect(gateway.info().limitHits).toEqual({ queued: 1 })
})

test('sessions are bounded: who came longest ago starts again', async () => {
  const { gateway } = await start({ sessions: 1 })
  for (const id of ['old', 'new']) {
    const { mqtt } = await client(gateway, id, persistent)
    await mqtt.subscribeAsync('a', { qos: 1 })
    await mqtt.endAsync()
  }
  expect((await client(gateway, 'new', persistent)).sessionPresent).toBe(true)
  expect((await client(gateway, 'old', persistent)).sessionPresent).toBe(false)
})

test('who reads nothing of what it wants is closed, and delays no other client', async () => {
  const { gateway, errors } = await start()
  const slow = await client(gateway, 'slow')
  await slow.mqtt.subscribeAsync('#', { qos: 1 })
  slow.mqtt.stream.unpipe()
  slow.mqtt.stream.pause()
  const writer = await client(gateway, 'writer')
  const payload = Buffer.alloc(200_000)
  while (!gateway.info().limitHits?.slow_reader)
    await writer.mqtt.publishAsync(telemetry, payload, { qos: 1 })
  await until(() => errors.includes('SlowSubscriberError'))
})

test.each([
  [
    'a last will to many',
    { will: { topic: 'pm/v1/devices/+/state', payload: Buffer.from('lost'), qos: 1, retain: true } },
    5,
  ],
  ['an endless name', { clientId: 'x'.repeat(fixedBrokerLimits.clientIdCharacters + 1) }, 2],
] as const)('%s is rejected with its code', async (_what, options, code) => {
  const { gateway } = await start()
  await expect(client(gateway, 'd-1', options)).rejects.toMatchObject({ code })
  expect(gateway.info().limitHits).toEqual({ connect_refused: 1 })
})

test('QoS 2 messages that are not released are bounded, over all connections of a session', async () => {
  const { gateway, accepted } = await start()
  const publish = (id: number) => Buffer.from([0x34, 5, 0, 1, 0x61, 0, id])
  const session = [0x10, 13, 0, 4, 0x4d, 0x51, 0x54, 0x54, 4, 0, 0, 0, 0, 1, 0x62]
  const visit = async (ids: readonly number[]) => {
    const socket = connectSocket(Number(new URL(gateway.info().url).port), '127.0.0.1')
    const answers: Buffer[] = []
    socket.on('data', (bytes) => answers.push(bytes))
    socket.write(Buffer.from(session))
    await until(() => answers.length > 0)
    for (const id of ids) socket.write(publish(id))
    await until(() => socket.closed || Buffer.concat(answers).length >= 4 + 4 * ids.length)
    const outcome = socket.closed ? 'closed' : 'answered'
    socket.destroy()
    return outcome
  }
  const ids = Array.from({ length: fixedBrokerLimits.qos2InFlight }, (_, i) => i + 1)
  expect(await visit(ids)).toBe('answered')
  expect(await visit(ids)).toBe('answered')
  expect(await visit([200])).toBe('closed')
  expect(accepted).toEqual([])
})
