/** One request of a client: the frontend messages up to the one that the server answers with ReadyForQuery. */
export type WireRequest =
  | { type: 'startup' }
  | { type: 'terminate' }
  | { type: 'query'; bytes: Uint8Array; listensTo: string | undefined }

/** Transaction state of a session as reported by ReadyForQuery: idle, in a transaction, in a failed transaction. */
type TransactionStatus = 'I' | 'T' | 'E'

const query = 'Q'.charCodeAt(0)
const parse = 'P'.charCodeAt(0)
const sync = 'S'.charCodeAt(0)
const terminate = 'X'.charCodeAt(0)
const readyForQuery = 'Z'.charCodeAt(0)
const notification = 'A'.charCodeAt(0)
const headerBytes = 5
/** Number of characters of a statement that are enough to recognise LISTEN after comments. */
const statementPrefixChars = 1_000

/**
 * Splits the byte stream of one PostgreSQL client into requests (protocol 3.0, message flow of
 * https://www.postgresql.org/docs/current/protocol-flow.html). Of the extended protocol, only what ends in Sync
 * is a request: a lone Flush is not.
 */
export function createRequestParser(): (chunk: Uint8Array) => WireRequest[] {
  let buffer = Buffer.alloc(0)
  let started = false
  return (chunk) => {
    buffer = Buffer.concat([buffer, chunk])
    const requests: WireRequest[] = []
    if (!started && buffer.length >= 4 && buffer.length >= buffer.readInt32BE(0)) {
      started = true
      buffer = buffer.subarray(buffer.readInt32BE(0))
      requests.push({ type: 'startup' })
    }
    let begin = 0
    let listensTo: string | undefined
    for (const message of started ? parseMessages(buffer) : []) {
      listensTo ??= parseListenChannel(message)
      if (message.type === terminate) requests.push({ type: 'terminate' })
      if (message.type !== query && message.type !== sync) continue
      requests.push({ type: 'query', bytes: buffer.subarray(begin, message.end), listensTo })
      begin = message.end
      listensTo = undefined
    }
    buffer = buffer.subarray(begin)
    return requests
  }
}

interface Message {
  type: number
  body: Buffer
  begin: number
  end: number
}

/** Return the complete messages of a buffer that starts with a message. */
function* parseMessages(buffer: Buffer): Generator<Message> {
  let begin = 0
  while (begin + headerBytes <= buffer.length) {
    const end = begin + 1 + buffer.readInt32BE(begin + 1)
    if (end > buffer.length) return
    yield { type: buffer[begin] ?? 0, body: buffer.subarray(begin + headerBytes, end), begin, end }
    begin = end
  }
}

const listenStatement = /^(?:\s|--[^\n]*\n)*listen\s+(?:"(?<quoted>[^"]+)"|(?<plain>[\w$]+))/i

function parseListenChannel(message: Message): string | undefined {
  if (message.type !== query && message.type !== parse) return undefined
  const text = message.type === parse ? message.body.indexOf(0) + 1 : 0
  const head = message.body.toString(
    'latin1',
    text,
    Math.min(message.body.length, text + statementPrefixChars),
  )
  const name = listenStatement.exec(head)?.groups
  return name?.quoted ?? name?.plain?.toLowerCase()
}

export interface WireResponse {
  /** Messages for the session that sent the request. */
  reply: Uint8Array
  status: TransactionStatus
  /** Complete NotificationResponse messages, for the sessions that listen to their channel. */
  notifications: { channel: string; bytes: Uint8Array }[]
}

/** Split the response of the server to one request. */
export function parseResponse(bytes: Uint8Array): WireResponse {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const replyMessages: Uint8Array[] = []
  const notifications: WireResponse['notifications'] = []
  let status: TransactionStatus = 'I'
  for (const { type, body, begin, end } of parseMessages(buffer)) {
    const message = buffer.subarray(begin, end)
    if (type === notification) {
      notifications.push({ channel: body.toString('utf8', 4, body.indexOf(0, 4)), bytes: message })
      continue
    }
    if (type === readyForQuery) status = String.fromCharCode(body[0] ?? 0) as TransactionStatus
    replyMessages.push(message)
  }
  return { reply: notifications.length === 0 ? buffer : Buffer.concat(replyMessages), status, notifications }
}

/** Return a simple Query message. */
export function queryMessage(sql: string): Uint8Array {
  return encodeMessage('Q', Buffer.from(`${sql}\0`))
}

/** Return the StartupMessage of protocol 3.0. */
export function startupMessage(): Uint8Array {
  const parameters = Buffer.from('user\0postgres\0database\0postgres\0\0')
  const head = Buffer.alloc(8)
  head.writeInt32BE(head.length + parameters.length, 0)
  head.writeInt32BE(196_608, 4)
  return Buffer.concat([head, parameters])
}

/** Return an ErrorResponse that ends the session. */
export function fatalErrorMessage(code: string, text: string): Uint8Array {
  return encodeMessage('E', Buffer.from(`SFATAL\0VFATAL\0C${code}\0M${text}\0\0`))
}

function encodeMessage(type: string, body: Buffer): Uint8Array {
  const head = Buffer.alloc(headerBytes)
  head.write(type, 0, 'latin1')
  head.writeInt32BE(body.length + 4, 1)
  return Buffer.concat([head, body])
}
