import { setTimeout as sleep } from 'node:timers/promises'
import { percentile } from '../measure/statistics.ts'
import type { LoadCommand, LoadResult } from './load.ts'
import { LoadConnection } from './load-connection.ts'

/** A process of its own that publishes as many devices, so that the CPU time of the servers is theirs alone. */

const maxParallelConnects = 200
const paceStepMs = 10
const latenciesKept = 200_000

let connections: LoadConnection[] = []

process.on('message', async (command: LoadCommand) => {
  try {
    process.send?.({ result: await execute(command) })
  } catch (error) {
    process.send?.({ error: error instanceof Error ? error.message : String(error) })
  }
})
process.on('disconnect', () => process.exit())

async function execute(command: LoadCommand): Promise<LoadResult> {
  switch (command.type) {
    case 'connect':
      await connectAll(command)
      return measureRun(async () => {
        if (command.announce) await Promise.all(connections.map((connection) => connection.announce()))
      })
    case 'history':
      return measureRun(() =>
        Promise.all(connections.map((connection) => connection.publishBacklog(command.times))),
      )
    case 'full':
      return measureRun(() => runClosedLoop(command))
    case 'paced':
      return measureRun(() => runAtRate(command))
  }
}

async function connectAll({
  port,
  connections: count,
  devices,
  historyStart,
  boot,
}: Extract<LoadCommand, { type: 'connect' }>): Promise<void> {
  connections = Array.from({ length: count }, (_, number) => {
    const numbers = Array.from(
      { length: Math.ceil((devices - number) / count) },
      (_, n) => number + n * count,
    )
    return new LoadConnection({ numbers, historyStart, boot })
  })
  for (let from = 0; from < count; from += maxParallelConnects) {
    const some = connections.slice(from, from + maxParallelConnects)
    await Promise.all(some.map((connection) => connection.connect(port)))
  }
}

/** Keep a number of messages of each connection unacknowledged until the time or the readings are over. */
async function runClosedLoop({
  inFlight,
  seconds,
  maxReadings,
}: Extract<LoadCommand, { type: 'full' }>): Promise<void> {
  const end = performance.now() + seconds * 1_000
  let left = maxReadings
  await Promise.all(
    connections.map((connection) =>
      connection.keepInFlight(inFlight, () => {
        left -= 1
        return left >= 0 && performance.now() < end
      }),
    ),
  )
}

/** Publish at a rate, whatever the acknowledgements do: a message that waits for its turn counts from when it was due. */
async function runAtRate({
  readingsPerSecond,
  seconds,
}: Extract<LoadCommand, { type: 'paced' }>): Promise<void> {
  const begun = performance.now()
  const total = Math.round(readingsPerSecond * seconds)
  const pending: Promise<unknown>[] = []
  for (let sent = 0; sent < total; ) {
    const due = Math.min(total, ((performance.now() - begun) / 1_000) * readingsPerSecond)
    for (; sent < due; sent++) {
      const connection = connections[sent % connections.length]
      if (connection) pending.push(connection.publish(begun + (sent / readingsPerSecond) * 1_000))
    }
    await sleep(paceStepMs)
  }
  await Promise.all(pending)
}

async function measureRun(run: () => Promise<unknown>): Promise<LoadResult> {
  for (const connection of connections) connection.resetCounts()
  const cpu = process.cpuUsage()
  const begun = performance.now()
  await run()
  const seconds = (performance.now() - begun) / 1_000
  const { user, system } = process.cpuUsage(cpu)
  const latencies = connections.flatMap(({ latenciesMs }) => latenciesMs).slice(0, latenciesKept)
  return {
    sent: connections.reduce((sum, { sent }) => sum + sent, 0),
    acknowledged: connections.reduce((sum, { acknowledged }) => sum + acknowledged, 0),
    seconds,
    cpuSeconds: (user + system) / 1e6,
    pubackP50Ms: percentile(latencies, 0.5),
    pubackP99Ms: percentile(latencies, 0.99),
  }
}
