import {
  fatalMessage,
  queryMessage,
  readResponse,
  requestReader,
  startupMessage,
  type WireRequest,
} from './wire.ts'

export interface WireSessionsOptions {
  /** Runs protocol messages on the one real session of the database and gives its whole answer. */
  execute(request: Uint8Array): Uint8Array
  send(session: number, bytes: Uint8Array): void
  /** The server ends the session. */
  hangUp(session: number): void
  /** A session that sits in an open transaction for this long without asking anything is ended, and rolled back. */
  idleInTransactionMs: number
}

type QueuedRequest = Exclude<WireRequest, { type: 'startup' }>

interface Session {
  id: number
  read(chunk: Uint8Array): WireRequest[]
  waiting: QueuedRequest[]
  channels: Set<string>
}

/**
 * Many client sessions over the one session that an embedded PostgreSQL has. Requests run one after the other, in
 * the order of their arrival; whoever opens a transaction has the database alone until it ends. LISTEN belongs to the
 * session that said it; everything else a session sets (`SET`, prepared names, UNLISTEN) is shared by all.
 */
export class WireSessions {
  readonly #options: WireSessionsOptions
  readonly #greeting: Uint8Array
  readonly #sessions = new Map<number, Session>()
  readonly #queue = new Set<Session>()
  #holder: Session | undefined
  #idleTimer: NodeJS.Timeout | undefined

  constructor(options: WireSessionsOptions) {
    this.#options = options
    // Copied: PGlite gives a view of a buffer that its next answer overwrites.
    this.#greeting = options.execute(startupMessage()).slice()
  }

  open(id: number): void {
    this.#sessions.set(id, { id, read: requestReader(), waiting: [], channels: new Set() })
  }

  /** Takes bytes from a client; bytes of a session that has ended are dropped. */
  receive(id: number, chunk: Uint8Array): void {
    const session = this.#sessions.get(id)
    if (session === undefined) return
    for (const request of session.read(chunk)) {
      if (request.type === 'startup') this.#options.send(id, this.#greeting)
      else session.waiting.push(request)
    }
    if (session.waiting.length > 0) this.#queue.add(session)
    this.#runAll()
  }

  /** The client is gone, in order or not: its transaction is rolled back and the others go on. */
  close(id: number): void {
    const session = this.#sessions.get(id)
    if (session === undefined) return
    this.#end(session)
    this.#runAll()
  }

  /** Ends all sessions, and a transaction that is still open, before the database closes. */
  closeAll(): void {
    this.#queue.clear()
    for (const session of this.#sessions.values()) this.#end(session)
  }

  #runAll(): void {
    for (let next = this.#next(); next !== undefined; next = this.#next()) {
      const request = next.waiting.shift()
      if (request !== undefined) this.#run(next, request)
      // Behind the others, so that a session with many requests does not keep them waiting.
      this.#queue.delete(next)
      if (next.waiting.length > 0 && this.#sessions.has(next.id)) this.#queue.add(next)
    }
  }

  #next(): Session | undefined {
    if (this.#holder !== undefined) return this.#holder.waiting.length > 0 ? this.#holder : undefined
    const [first] = this.#queue
    return first
  }

  #run(session: Session, request: QueuedRequest): void {
    if (request.type === 'terminate') {
      this.#end(session)
      this.#options.hangUp(session.id)
      return
    }
    clearTimeout(this.#idleTimer)
    if (request.listensTo !== undefined) session.channels.add(request.listensTo)
    const response = readResponse(this.#options.execute(request.bytes))
    this.#holder = response.status === 'I' ? undefined : session
    if (this.#holder !== undefined) {
      this.#idleTimer = setTimeout(() => this.#endIdle(session), this.#options.idleInTransactionMs)
    }
    this.#options.send(session.id, response.reply)
    for (const { channel, bytes } of response.notifications) this.#notify(channel, bytes)
  }

  #notify(channel: string, bytes: Uint8Array): void {
    for (const { id, channels } of this.#sessions.values()) {
      if (channels.has(channel)) this.#options.send(id, bytes)
    }
  }

  #endIdle(session: Session): void {
    this.#end(session)
    const text = 'terminating connection due to idle-in-transaction timeout'
    this.#options.send(session.id, fatalMessage('25P03', text))
    this.#options.hangUp(session.id)
    this.#runAll()
  }

  #end(session: Session): void {
    this.#sessions.delete(session.id)
    this.#queue.delete(session)
    if (this.#holder !== session) return
    clearTimeout(this.#idleTimer)
    this.#holder = undefined
    this.#options.execute(queryMessage('ROLLBACK'))
  }
}
