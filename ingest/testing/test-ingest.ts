import { connectAsync, type MqttClient } from 'mqtt'
import type { Acceptance } from '../acceptance/acceptance.ts'
import { createEmbeddedBroker } from '../embedded/embedded-broker.ts'
import type { Gateway } from '../gateway.ts'
import { names, startTestAcceptance } from './test-acceptance.ts'
import { openTestJournal, type TestJournal } from './test-journal.ts'

export interface TestIngest {
  store: TestJournal
  acceptance: Acceptance
  gateway: Gateway
  /** The client `d-1`, connected; it has not announced itself. */
  device: MqttClient
  stop(): Promise<void>
}

/** Start an embedded broker with an acceptance and a journal of its own, and connect a device. */
export async function startTestIngest(): Promise<TestIngest> {
  const store = await openTestJournal()
  const acceptance = await startTestAcceptance({ journal: store.journal, now: Date.now })
  const gateway = createEmbeddedBroker({
    host: '127.0.0.1',
    port: 0,
    topics: names,
    accept: acceptance.accept,
    maxConnections: 10,
    onClientError: () => undefined,
  })
  await gateway.start()
  const device = await connectAsync(gateway.info().url, { clientId: 'd-1', reconnectPeriod: 0 })
  return {
    store,
    acceptance,
    gateway,
    device,
    async stop() {
      await device.endAsync()
      await gateway.stop()
      await acceptance.stop()
      await store.remove()
    },
  }
}
