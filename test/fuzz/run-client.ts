import { connect, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import type { ClientScript } from './arbitraries/packets.ts'
import { pingPacket } from './encode-packets.ts'

/** What became of a client. */
export type ClientOutcome =
  | 'accepted'
  | 'closed by the broker'
  | 'waited for'
  | 'gone by itself'
  | `refused with code ${number}`

/** A packet that was begun and not ended is waited for; so long we wait for an answer. */
const responseTimeoutMs = 1_000

const connack = 0x20
const pingresp = Buffer.from([0xd0, 0])

/** Plays one client against the broker at a port of this machine. */
export async function runClient(port: number, { chunks, end }: ClientScript): Promise<ClientOutcome> {
  const socket = connect(port, '127.0.0.1')
  // What the broker does to a client is what is looked at.
  socket.on('error', () => undefined)
  const received: Buffer[] = []
  if (end !== 'hang') socket.on('data', (bytes) => received.push(bytes))
  for (const chunk of chunks) socket.write(chunk)
  if (end === 'stay') await awaitPingResponse(socket, received)
  else await sleep(Math.random() * responseTimeoutMs)
  const wasClosed = socket.closed
  socket.resetAndDestroy()
  return classifyOutcome({ received: Buffer.concat(received), wasClosed, end })
}

async function awaitPingResponse(socket: Socket, received: readonly Buffer[]): Promise<void> {
  socket.write(pingPacket)
  const deadline = Date.now() + responseTimeoutMs
  while (!socket.closed && Date.now() < deadline && !received.some((bytes) => bytes.includes(pingresp)))
    await sleep(5)
}

function classifyOutcome({
  received,
  wasClosed,
  end,
}: {
  received: Buffer
  wasClosed: boolean
  end: ClientScript['end']
}): ClientOutcome {
  const code = received[0] === connack ? received[3] : undefined
  if (code !== undefined && code !== 0) return `refused with code ${code}`
  if (wasClosed) return 'closed by the broker'
  if (end !== 'stay') return 'gone by itself'
  return received.includes(pingresp) ? 'accepted' : 'waited for'
}
