import { connectAsync, type IPublishPacket, type MqttClient } from 'mqtt'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { topics } from '../../../contract/topics.ts'
import { createEmbeddedBroker } from '../../../ingest/embedded/embedded-broker.ts'
import type { Gateway } from '../../../ingest/gateway.ts'
import type { Channel } from '../channel.ts'
import { mqttChannel } from './channel.ts'
import sample from './sample.json' with { type: 'json' }

const notice = sample.notice as Parameters<Channel['deliver']>[0]
let gateway: Gateway
let channel: Channel
let listening: (string | undefined)[]
const phones: MqttClient[] = []

beforeEach(async () => {
  gateway = createEmbeddedBroker({
    host: '127.0.0.1',
    port: 0,
    topics: topics('pm/v1'),
    accept: async () => {},
    maxConnections: 100,
    onClientError: (error) => {
      throw error
    },
  })
  listening = []
  channel = mqttChannel({
    gateway,
    topics: topics('pm/v1'),
    expirySeconds: 60,
    onSubscriber: (user) => listening.push(user),
  })
  await gateway.start()
})
afterEach(async () => {
  await Promise.all(phones.splice(0).map((phone) => phone.endAsync(true)))
  await gateway.stop()
})

async function phone(...filters: string[]): Promise<MqttClient> {
  const client = await connectAsync(gateway.info().url, { clientId: 'phone-u-17', clean: false })
  phones.push(client)
  for (const filter of filters) await client.subscribeAsync(filter, { qos: 1 })
  return client
}

it('publishes the sample on its owner’s topic', async () => {
  const client = await phone(sample.topic)
  const arrived = new Promise<IPublishPacket>((resolve) =>
    client.once('message', (_topic, _payload, packet) => resolve(packet)),
  )
  expect(await channel.deliver(notice)).toEqual({ outcome: 'sent' })
  const packet = await arrived
  expect(packet).toMatchObject({ topic: sample.topic, qos: 1, retain: false })
  expect(JSON.parse(String(packet.payload))).toEqual(sample.notice)
})

it('reports that there are no subscribers, and who subscribes', async () => {
  expect(await channel.deliver(notice)).toEqual({ outcome: 'no_subscribers' })
  await phone('pm/v1/users/u-17/notices', 'pm/v1/users/+/notices', 'pm/v1/users/u-17/other')
  await vi.waitFor(() => expect(listening).toEqual(['u-17', undefined]))
})

it.each([
  ['pm/v1/users/u-17/#', 'u-17'],
  ['pm/v1/users/u-17/+', 'u-17'],
  ['+/v1/users/u-17/notices', 'u-17'],
  ['pm/v1/users/+/notices', undefined],
  ['pm/v1/users/#', undefined],
])('counts a phone that subscribes by %s as listening', async (filter, user) => {
  const client = await phone(filter)
  const arrived = new Promise<string>((resolve) => client.once('message', (topic) => resolve(topic)))
  await vi.waitFor(() => expect(listening).toEqual([user]))
  expect(await channel.deliver(notice)).toEqual({ outcome: 'sent' })
  expect(await arrived).toBe(sample.topic)
  await client.unsubscribeAsync(filter)
  expect(await channel.deliver(notice)).toEqual({ outcome: 'no_subscribers' })
})

it.each(['pm/v1/users/u-18/#', 'pm/v1/users/+/notices/+/receipt', '+'])(
  'does not count a phone that subscribes by %s as listening',
  async (filter) => {
    await phone(filter)
    expect(await channel.deliver(notice)).toEqual({ outcome: 'no_subscribers' })
  },
)

it('publishes again when a phone subscribes during the attempt', async () => {
  let subscribe = (_topic: string) => {}
  let published = 0
  const racing = mqttChannel({
    gateway: {
      onSubscribe: (listener) => {
        subscribe = (topic) => listener(topic, 'phone-u-17')
      },
      async publish() {
        if (++published > 1) return 'sent'
        subscribe(sample.topic)
        return 'no_subscribers'
      },
    },
    topics: topics('pm/v1'),
    expirySeconds: 60,
    onSubscriber: () => {},
  })
  expect(await racing.deliver(notice)).toEqual({ outcome: 'sent' })
})
