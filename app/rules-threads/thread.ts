import { parentPort, workerData } from 'node:worker_threads'
import { collectGarbage } from '../../lib/collect-garbage.ts'
import { toSentError } from '../../lib/threads/sent-error.ts'
import { type Handlers, ThreadLink } from '../../lib/threads/thread-link.ts'
import { type RuleMeasurements, runRulesConsumer } from '../../rules/consumer/rules-consumer.ts'
import { loadKinds } from '../../rules/files/kinds.ts'
import { FleetModelSources } from '../../rules/fleet-model/fleet-model-sources.ts'
import { storedStates } from '../../rules/fleet-model/stored-states.ts'
import type { RunningConsumer } from '../../store/journal/consume.ts'
import { broadcast, type Partitions } from '../../store/journal/partitions.ts'
import { connectJournal } from '../../store/journal/thread/thread-journal.ts'
import { loadPlugins } from '../plugins/load-plugins.ts'
import type { MainThreadCalls, RulesThreadCalls, RulesThreadData } from './calls.ts'

const { plugins, kindFolders, journals, partitions: own } = workerData as RulesThreadData
const stopping = new AbortController()
const running = new Map<number, RunningConsumer>()

async function prepare() {
  const [first, ...others] = await Promise.all(journals.map(connectJournal))
  if (first === undefined) throw new Error('a rules thread needs a journal')
  const partitions: Partitions = [first, ...others]
  const fleetModelSources = new FleetModelSources(broadcast(partitions))
  for (const [partition, journal] of partitions.entries())
    if (!own.includes(partition)) fleetModelSources.register(storedStates(journal))
  const { detectors } = await loadPlugins(plugins)
  return { partitions, fleetModelSources, detectors, kinds: await loadKinds(...kindFolders) }
}

const prepared = prepare()
// Thrown to the first call that needs it.
prepared.catch(() => {})

async function start({ partition }: { partition: number }): Promise<void> {
  const { partitions, ...shared } = await prepared
  const journal = partitions[partition]
  if (journal === undefined) throw new Error(`there is no partition ${partition}`)
  const consumer = await runRulesConsumer({
    ...shared,
    journal,
    partition,
    signal: stopping.signal,
    measurements,
    onError: (error) => main.tell('failed', { partition, error: toSentError(error) }),
    onStatusChange: ({ lastError, ...status }) =>
      main.tell('statusChanged', { partition, status, lastError: toSentError(lastError) }),
  })
  running.set(partition, consumer)
  if (running.size === own.length) await collectGarbage()
  consumer.done.catch((error: unknown) => main.tell('ended', { partition, error: toSentError(error) }))
}

function find(partition: number): RunningConsumer {
  const consumer = running.get(partition)
  if (consumer === undefined) throw new Error(`the rules of partition ${partition} are not running`)
  return consumer
}

const handlers: Handlers<RulesThreadCalls> = {
  start,
  async stop() {
    stopping.abort()
    // A rejection was told as `ended`.
    await Promise.allSettled([...running.values()].map(({ done }) => done))
  },
  deadLetters: ({ partition }) => find(partition).deadLetters(),
  settle: ({ partition, request: { action, offset } }) => find(partition)[action](offset),
}

if (parentPort === null) throw new Error('this module runs in a thread')
const main = new ThreadLink<MainThreadCalls, RulesThreadCalls>(parentPort, { handlers })
const measurements = {
  batchHandled: (...args) => main.tell('measured', { method: 'batchHandled', args }),
  detectorCalled: (...args) => main.tell('measured', { method: 'detectorCalled', args }),
  findingCommitted: (...args) => main.tell('measured', { method: 'findingCommitted', args }),
  ruleInputMissing: (...args) => main.tell('measured', { method: 'ruleInputMissing', args }),
} satisfies RuleMeasurements
