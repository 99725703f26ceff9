import { describe } from 'vitest'
import { topics } from '../contract/topics.ts'
import { startMosquitto } from '../test/support/mosquitto.ts'
import { findPart } from '../test/support/parts.ts'
import { freePort } from '../test/support/ports.ts'
import { createEmbeddedBroker } from './embedded/embedded-broker.ts'
import { createExternalBroker } from './external/external-broker.ts'
import { type GatewayPlace, testGateway } from './gateway.conformance.ts'

const names = topics('pm/v1')

testGateway({
  name: 'embedded broker',
  whenNobodyListens: 'nobody_listening',
  async open(): Promise<GatewayPlace> {
    const port = await freePort()
    return {
      gateway: (accept) =>
        createEmbeddedBroker({
          host: '127.0.0.1',
          port,
          topics: names,
          accept,
          maxConnections: 100,
          onClientError: () => undefined,
        }),
      deviceUrl: () => `mqtt://127.0.0.1:${port}`,
      close: async () => undefined,
    }
  },
})

const executable = findPart('mosquitto') ?? ''

async function openMosquitto(protocolVersion: 4 | 5): Promise<GatewayPlace> {
  const mosquitto = await startMosquitto({ executable })
  return {
    gateway: (accept) =>
      createExternalBroker({
        url: mosquitto.url,
        protocolVersion,
        clientId: 'forewarn-test',
        topics: names,
        accept,
        onError: () => undefined,
      }),
    deviceUrl: () => mosquitto.url,
    close: () => mosquitto.stop(),
  }
}

describe.skipIf(executable === '')('Mosquitto', () => {
  testGateway({
    name: 'MQTT 5',
    whenNobodyListens: 'nobody_listening',
    open: () => openMosquitto(5),
  })

  testGateway({
    name: 'MQTT 3.1.1',
    whenNobodyListens: 'sent',
    open: () => openMosquitto(4),
  })
})
