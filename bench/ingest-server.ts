import { randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { topics } from '../contract/topics.ts'
import { createAcceptance } from '../ingest/acceptance/acceptance.ts'
import { createEmbeddedBroker } from '../ingest/embedded/embedded-broker.ts'
import type { Accept } from '../ingest/gateway.ts'
import { testKinds } from '../ingest/testing/test-kinds.ts'
import { openLmdbJournal } from '../store/journal/lmdb/lmdb-journal.ts'

/** Usage of the server so far: CPU time of its whole process, and wall time. */
export interface UsageSample {
  cpuUs: number
  wallMs: number
  accepted: number
}

/** `accept`: from the socket to the disk. `count`: the same broker, but messages are only counted. */
export type ServerMode = 'accept' | 'count'

const names = topics('pm/v1')
const mode = process.argv[2] === 'accept' ? 'accept' : 'count'
const dir = await mkdtemp(join(tmpdir(), 'forewarn-bench-'))
let counted = 0

const journal = await openLmdbJournal({ dir, maxBytes: 4 * 1024 ** 3, keepEntries: 100_000 })
const acceptance = createAcceptance({
  journal,
  kinds: testKinds,
  topics: names,
  now: Date.now,
  newId: randomUUID,
  registrationMode: 'open',
})
await acceptance.start()

const count: Accept = () => {
  counted += 1
  return Promise.resolve()
}
const gateway = createEmbeddedBroker({
  host: '127.0.0.1',
  port: 0,
  topics: names,
  accept: mode === 'accept' ? acceptance.accept : count,
  maxConnections: 10_000,
  // This measures total throughput, so no rate limit for a single device.
  limits: { messageRate: 1_000_000 },
  onClientError: (error) => process.stderr.write(`${error.message}\n`),
})
await gateway.start()

process.on('message', async (order: 'mark' | 'stop') => {
  if (order === 'mark') process.send?.(sampleUsage())
  else await stop()
})
process.send?.({ port: Number(new URL(gateway.info().url).port) })

function sampleUsage(): UsageSample {
  const { user, system } = process.cpuUsage()
  const accepted = mode === 'accept' ? (acceptance.info().counts.stored ?? 0) : counted
  return { cpuUs: user + system, wallMs: performance.now(), accepted }
}

async function stop(): Promise<void> {
  await gateway.stop()
  await acceptance.stop()
  await journal.close()
  await rm(dir, { recursive: true, force: true })
  process.disconnect()
}
