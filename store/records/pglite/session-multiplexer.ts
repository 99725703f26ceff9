import {
  createRequestParser,
  fatalErrorMessage,
  parseResponse,
  queryMessage,
  startupMessage,
  type WireRequest,
} from './wire-protocol.ts'

export interface SessionMultiplexerOptions {
  /** Run protocol messages on the one real session of the database; return the whole response. */
  execute(request: Uint8Array): Uint8Array
  send(session: number, bytes: Uint8Array): void
  /** The server ends the session. */
  disconnect(session: number): void
  /** A session that is idle in an open transaction for this long is ended, and the transaction rolled back. */
  idleInTransactionMs: number
}

type QueuedRequest = Exclude<WireRequest, { type: 'startup' }>

interface Session {
  id: number
  parseRequests(chunk: Uint8Array): WireRequest[]
  pendingRequests: QueuedRequest[]
  channels: Set<string>
}

/**
 * Multiplexer of many client sessions over the one session of an embedded PostgreSQL. Requests run one after the other,
 * in the order of their arrival; an open transaction has exclusive use of the database until it ends. LISTEN belongs to
 * the session that sent it; everything else a session sets (`SET`, prepared names, UNLISTEN) is shared by all.
 */
export class SessionMultiplexer {
  readonly #options: SessionMultiplexerOptions
  readonly #startupResponse: Uint8Array
  readonly #sessions = new Map<number, Session>()
  readonly #queue = new Set<Session>()
  #transactionOwner: Session | undefined
  #idleTimer: NodeJS.Timeout | undefined

  constructor(options: SessionMultiplexerOptions) {
    this.#options = options
    // Copied: PGlite returns a view of a buffer that its next response overwrites.
    this.#startupResponse = options.execute(startupMessage()).slice()
  }

  open(id: number): void {
    this.#sessions.set(id, {
      id,
      parseRequests: createRequestParser(),
      pendingRequests: [],
      channels: new Set(),
    })
  }

  /** Accept bytes from a client; bytes of an ended session are dropped. */
  receive(id: number, chunk: Uint8Array): void {
    const session = this.#sessions.get(id)
    if (session === undefined) return
    for (const request of session.parseRequests(chunk)) {
      if (request.type === 'startup') this.#options.send(id, this.#startupResponse)
      else session.pendingRequests.push(request)
    }
    if (session.pendingRequests.length > 0) this.#queue.add(session)
    this.#runPending()
  }

  /** End the session of a disconnected client: its transaction is rolled back and the other sessions go on. */
  close(id: number): void {
    const session = this.#sessions.get(id)
    if (session === undefined) return
    this.#endSession(session)
    this.#runPending()
  }

  /** End all sessions, and a transaction that is still open, before the database closes. */
  closeAll(): void {
    this.#queue.clear()
    for (const session of this.#sessions.values()) this.#endSession(session)
  }

  #runPending(): void {
    for (let next = this.#nextSession(); next !== undefined; next = this.#nextSession()) {
      const request = next.pendingRequests.shift()
      if (request !== undefined) this.#runRequest(next, request)
      // Behind the others, so that a session with many requests does not keep them waiting.
      this.#queue.delete(next)
      if (next.pendingRequests.length > 0 && this.#sessions.has(next.id)) this.#queue.add(next)
    }
  }

  #nextSession(): Session | undefined {
    if (this.#transactionOwner !== undefined)
      return this.#transactionOwner.pendingRequests.length > 0 ? this.#transactionOwner : undefined
    const [first] = this.#queue
    return first
  }

  #runRequest(session: Session, request: QueuedRequest): void {
    if (request.type === 'terminate') {
      this.#endSession(session)
      this.#options.disconnect(session.id)
      return
    }
    clearTimeout(this.#idleTimer)
    if (request.listensTo !== undefined) session.channels.add(request.listensTo)
    const response = parseResponse(this.#options.execute(request.bytes))
    this.#transactionOwner = response.status === 'I' ? undefined : session
    if (this.#transactionOwner !== undefined) {
      this.#idleTimer = setTimeout(
        () => this.#endIdleInTransaction(session),
        this.#options.idleInTransactionMs,
      )
    }
    this.#options.send(session.id, response.reply)
    for (const { channel, bytes } of response.notifications) this.#notify(channel, bytes)
  }

  #notify(channel: string, bytes: Uint8Array): void {
    for (const { id, channels } of this.#sessions.values()) {
      if (channels.has(channel)) this.#options.send(id, bytes)
    }
  }

  #endIdleInTransaction(session: Session): void {
    this.#endSession(session)
    const text = 'terminating connection due to idle-in-transaction timeout'
    this.#options.send(session.id, fatalErrorMessage('25P03', text))
    this.#options.disconnect(session.id)
    this.#runPending()
  }

  #endSession(session: Session): void {
    this.#sessions.delete(session.id)
    this.#queue.delete(session)
    if (this.#transactionOwner !== session) return
    clearTimeout(this.#idleTimer)
    this.#transactionOwner = undefined
    this.#options.execute(queryMessage('ROLLBACK'))
  }
}
