import { loadDevices } from '../../ingest/acceptance/device-registry.ts'
import type { Journal } from '../../store/journal/journal.ts'
import { withPresentFormat } from '../consumer/former-state.ts'
import { rulesConsumerName } from '../consumer/rules-consumer.ts'
import type { DeviceState } from '../engine/engine.ts'
import type { PartitionStates } from './fleet-model-sources.ts'

/** Return the states of a partition whose rules another thread evaluates, as of its last checkpoint. */
export function storedStates(journal: Pick<Journal, 'consumer' | 'facts'>): PartitionStates {
  return {
    devices: async () => [...(await loadDevices(journal)).keys()],
    cache: {
      async get(devices) {
        const consumer = await journal.consumer(rulesConsumerName, 'telemetry')
        const stored = (await consumer.states(devices)) as Map<string, DeviceState>
        return new Map([...stored].map(([device, state]) => [device, withPresentFormat(state)]))
      },
    },
  }
}
