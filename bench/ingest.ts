import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import type { LoadCommand } from './ingest-load.ts'
import type { ServerMode, UsageSample } from './ingest-server.ts'

interface Scenario {
  connections: number
  inFlight: number
  warmUp: number
  readings: number
}

const scenarios: Scenario[] = [
  { connections: 1, inFlight: 1, warmUp: 500, readings: 2_000 },
  { connections: 50, inFlight: 10, warmUp: 50_000, readings: 200_000 },
  { connections: 2_000, inFlight: 2, warmUp: 50_000, readings: 200_000 },
]

interface Result {
  readingsPerSecond: number
  cpuUsPerReading: number
}

/** Run server and load in separate processes, so that the measured CPU time is that of the server alone. */
async function measure(scenario: Scenario, mode: ServerMode): Promise<Result> {
  const server = fork(new URL('./ingest-server.ts', import.meta.url), [mode])
  const { port } = await awaitReply<{ port: number }>(server)
  const load = fork(new URL('./ingest-load.ts', import.meta.url))
  await request(load, {
    port,
    connections: scenario.connections,
    inFlight: scenario.inFlight,
  } satisfies LoadCommand)
  await request(load, { readings: scenario.warmUp })
  const before = await request<UsageSample>(server, 'mark')
  await request(load, { readings: scenario.readings })
  const after = await request<UsageSample>(server, 'mark')
  load.kill()
  server.send('stop')
  await once(server, 'exit')

  const accepted = after.accepted - before.accepted
  if (accepted !== scenario.readings) throw new Error(`${accepted} of ${scenario.readings} were accepted`)
  return {
    readingsPerSecond: (accepted / (after.wallMs - before.wallMs)) * 1000,
    cpuUsPerReading: (after.cpuUs - before.cpuUs) / accepted,
  }
}

async function request<T>(child: ChildProcess, order: object | string): Promise<T> {
  child.send(order)
  return awaitReply<T>(child)
}

async function awaitReply<T>(child: ChildProcess): Promise<T> {
  const [message] = await once(child, 'message')
  return message
}

function row(scenario: Scenario, accept: Result, ceiling: Result): string {
  const cells = [
    `${scenario.connections} × ${scenario.inFlight}`,
    Math.round(accept.readingsPerSecond),
    Math.round(ceiling.readingsPerSecond),
    accept.cpuUsPerReading.toFixed(1),
    ceiling.cpuUsPerReading.toFixed(1),
    (accept.cpuUsPerReading / ceiling.cpuUsPerReading).toFixed(2),
  ]
  return `| ${cells.join(' | ')} |\n`
}

process.stdout.write(
  '| connections × in flight | accepted/s | ceiling/s | CPU µs | ceiling CPU µs | CPU ratio |\n',
)
process.stdout.write('|---|---|---|---|---|---|\n')
for (const scenario of scenarios) {
  const ceiling = await measure(scenario, 'count')
  const accept = await measure(scenario, 'accept')
  process.stdout.write(row(scenario, accept, ceiling))
}
