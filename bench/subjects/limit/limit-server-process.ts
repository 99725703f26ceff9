import { createServer, type Socket } from 'node:net'
import { open } from 'lmdb'

/**
 * The limit of this machine: parse MQTT, commit the payloads of a batch to LMDB, acknowledge each message. Nothing is
 * decoded, checked or read again.
 */
const [dir = ''] = process.argv.slice(2)
// As the journal opens it: a commit is on disk when its promise resolves.
const database = open<Buffer, number>({
  path: dir,
  encoding: 'binary',
  overlappingSync: false,
  eventTurnBatching: false,
})

interface PendingMessage {
  socket: Socket
  messageId: number
  payload: Buffer
}

const connack = Buffer.from([0x20, 2, 0, 0])
let pending: PendingMessage[] = []
let isCommitting = false
let commits = 0
let committed = 0

const server = createServer({ noDelay: true }, (socket) => {
  let rest: Buffer = Buffer.alloc(0)
  socket.on('error', () => socket.destroy())
  socket.on('data', (chunk: Buffer) => {
    rest = parsePackets(socket, rest.length === 0 ? chunk : Buffer.concat([rest, chunk]))
    if (!isCommitting) void commit()
  })
})
server.listen({ port: 0, host: '127.0.0.1', backlog: 4_096 }, () => {
  const address = server.address()
  process.send?.({ port: typeof address === 'object' ? address?.port : undefined })
})
process.on('message', (command: 'committed' | 'stop') => {
  if (command === 'committed') process.send?.({ committed })
  else void database.close().then(() => process.exit())
})

/** @returns the bytes of an incomplete packet at the end */
function parsePackets(socket: Socket, bytes: Buffer): Buffer {
  for (let at = 0; ; ) {
    let length = 0
    let shift = 0
    let body = at + 1
    for (; body < bytes.length; shift += 7) {
      const byte = bytes[body++] ?? 0
      length |= (byte & 0x7f) << shift
      if (byte < 128) {
        shift = -1
        break
      }
    }
    if (shift !== -1 || body + length > bytes.length) return bytes.subarray(at)
    if ((bytes[at] ?? 0) >> 4 === 1) socket.write(connack)
    else takePublish(socket, bytes.subarray(body, body + length))
    at = body + length
  }
}

function takePublish(socket: Socket, body: Buffer): void {
  const messageIdAt = 2 + body.readUInt16BE(0)
  pending.push({
    socket,
    messageId: body.readUInt16BE(messageIdAt),
    payload: body.subarray(messageIdAt + 2),
  })
}

async function commit(): Promise<void> {
  isCommitting = true
  while (pending.length > 0) {
    const batch = pending
    pending = []
    await database.put(commits++, encodeBatch(batch))
    committed += batch.length
    acknowledge(batch)
  }
  isCommitting = false
}

/** A line for each payload: JSON has no line feed of its own. */
function encodeBatch(batch: readonly PendingMessage[]): Buffer {
  return Buffer.concat(batch.flatMap(({ payload }) => [payload, lineFeed]))
}

const lineFeed = Buffer.from('\n')

/** Write the acknowledgements of a batch, one write for each socket. */
function acknowledge(batch: readonly PendingMessage[]): void {
  const bySocket = new Map<Socket, number[]>()
  for (const { socket, messageId } of batch) {
    const bytes = bySocket.get(socket)
    const ack = [0x40, 2, messageId >> 8, messageId & 0xff]
    if (bytes) bytes.push(...ack)
    else bySocket.set(socket, ack)
  }
  for (const [socket, bytes] of bySocket) socket.write(Buffer.from(bytes))
}
