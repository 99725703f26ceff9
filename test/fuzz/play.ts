import { connect, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Script } from './arbitraries/packets.ts'
import { ping } from './wire.ts'

/** What became of a client. */
export type Outcome =
  | 'accepted'
  | 'closed by the broker'
  | 'waited for'
  | 'gone by itself'
  | `refused with code ${number}`

/** A packet that was begun and not ended is waited for; so long we wait for an answer. */
const patienceMs = 1_000

const connack = 0x20
const pingresp = Buffer.from([0xd0, 0])

/** Plays one client against the broker at a port of this machine. */
export async function play(port: number, { chunks, end }: Script): Promise<Outcome> {
  const socket = connect(port, '127.0.0.1')
  // What the broker does to a client is what is looked at.
  socket.on('error', () => undefined)
  const received: Buffer[] = []
  if (end !== 'hang') socket.on('data', (bytes) => received.push(bytes))
  for (const chunk of chunks) socket.write(chunk)
  if (end === 'stay') await answered(socket, received)
  else await sleep(Math.random() * patienceMs)
  const wasClosed = socket.closed
  socket.resetAndDestroy()
  return outcomeOf({ received: Buffer.concat(received), wasClosed, end })
}

async function answered(socket: Socket, received: readonly Buffer[]): Promise<void> {
  socket.write(ping)
  const deadline = Date.now() + patienceMs
  while (!socket.closed && Date.now() < deadline && !received.some((bytes) => bytes.includes(pingresp)))
    await sleep(5)
}

function outcomeOf({
  received,
  wasClosed,
  end,
}: {
  received: Buffer
  wasClosed: boolean
  end: Script['end']
}): Outcome {
  const code = received[0] === connack ? received[3] : undefined
  if (code !== undefined && code !== 0) return `refused with code ${code}`
  if (wasClosed) return 'closed by the broker'
  if (end !== 'stay') return 'gone by itself'
  return received.includes(pingresp) ? 'accepted' : 'waited for'
}
