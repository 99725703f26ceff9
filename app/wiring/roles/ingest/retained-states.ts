import {
  createExternalBroker,
  type ExternalBrokerOptions,
} from '../../../../ingest/external/external-broker.ts'
import type { Accept } from '../../../../ingest/gateway.ts'
import { abortableSleep } from '../../../../lib/abortable-sleep.ts'
import type { Journal } from '../../../../store/journal/journal.ts'

export interface RetainedStatesOptions {
  broker: Omit<ExternalBrokerOptions, 'accept' | 'receives'>
  accept: Accept
  /** Of the first partition. */
  journal: Pick<Journal, 'append' | 'facts'>
  signal: AbortSignal
}

/** Key of the fact that it was done. */
const doneFact = 'retained_states_read'
const quietMs = 2_000
const pollMs = 200

/**
 * Read what the broker has retained of the states of devices, once in the life of an installation: a shared subscription
 * does not deliver it, and devices may have announced themselves before.
 */
export async function readRetainedStates({
  broker,
  accept,
  journal,
  signal,
}: RetainedStatesOptions): Promise<void> {
  if ((await journal.facts(doneFact)).size > 0) return
  let heardAt = performance.now()
  const gateway = createExternalBroker({
    ...broker,
    clientId: `${broker.clientId}-states`,
    receives: 'states',
    accept: async (message) => {
      // What comes now comes to the group as well.
      if (message.retained !== true) return
      heardAt = performance.now()
      await accept(message)
    },
  })
  await gateway.start()
  try {
    while (!signal.aborted && !(gateway.info().connected && performance.now() - heardAt > quietMs))
      await abortableSleep(pollMs, signal)
  } finally {
    await gateway.stop()
  }
  if (!signal.aborted) await journal.append('telemetry', [], { facts: new Map([[doneFact, true]]) })
}
