import { describe } from 'vitest'
import { topics } from '../contract/topics.ts'
import { findExecutable } from '../test/support/executables.ts'
import { startMosquitto } from '../test/support/mosquitto.ts'
import { freePort } from '../test/support/ports.ts'
import { createEmbeddedBroker } from './embedded/embedded-broker.ts'
import { createExternalBroker } from './external/external-broker.ts'
import { describeGateway, type GatewayEnvironment } from './gateway.conformance.ts'

const names = topics('pm/v1')

describeGateway({
  name: 'embedded broker',
  withoutSubscriber: 'no_subscribers',
  async open(): Promise<GatewayEnvironment> {
    const port = await freePort()
    return {
      createGateway: (accept) =>
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

const executable = findExecutable('mosquitto') ?? ''

async function openMosquitto(protocolVersion: 4 | 5): Promise<GatewayEnvironment> {
  const mosquitto = await startMosquitto({ executable })
  return {
    createGateway: (accept) =>
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
  describeGateway({
    name: 'MQTT 5',
    withoutSubscriber: 'no_subscribers',
    open: () => openMosquitto(5),
  })

  describeGateway({
    name: 'MQTT 3.1.1',
    withoutSubscriber: 'sent',
    open: () => openMosquitto(4),
  })
})
