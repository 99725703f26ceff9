import { once } from 'node:events'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { Transform } from 'node:stream'

/** A network between a client and a server that a test disturbs. It starts undisturbed. */
export interface TcpProxy {
  readonly port: number
  /** The address for clients, e.g. `url('redis')` is `redis://127.0.0.1:40123`. */
  url(scheme: string): string
  /** Holds everything for so long in each direction, in order; 0 forwards at once. Undoes a cut or half-open network. */
  delay(ms: number): void
  /** Resets all connections, and every new one as soon as it opens. */
  cut(): void
  /** Takes what is sent and forwards nothing, in both directions; opens and closes no connection beyond. */
  halfOpen(): void
  /** Undisturbed again. Connections that lost bytes meanwhile are reset, as a firewall does that forgot them. */
  heal(): void
  /** Resets all connections and frees the port. */
  stop(): Promise<void>
}

export interface TcpProxyTarget {
  host?: string
  port: number
}

type NetworkState = { state: 'forwards'; delayMs: number } | { state: 'cut' } | { state: 'half-open' }

/** A TCP proxy on a free loopback port. It needs no server behind it until somebody connects. */
export async function startTcpProxy(target: TcpProxyTarget): Promise<TcpProxy> {
  const proxy = new LoopbackProxy(target)
  await proxy.listen()
  return proxy
}

/** The address of the server in a URL, for `startTcpProxy`. The URL must name its port. */
export function proxyTargetOf(url: string): TcpProxyTarget {
  const { hostname, port } = new URL(url)
  if (port === '') throw new TypeError(`${url} names no port`)
  return { host: hostname, port: Number(port) }
}

class LoopbackProxy implements TcpProxy {
  port = 0
  readonly #target: TcpProxyTarget
  readonly #links = new Set<ProxiedConnection>()
  readonly #server: Server
  #network: NetworkState = { state: 'forwards', delayMs: 0 }

  constructor(target: TcpProxyTarget) {
    this.#target = target
    // Each side ends its own direction: the other may still have bytes under way.
    this.#server = createServer({ allowHalfOpen: true, noDelay: true }, (client) => this.#open(client))
  }

  async listen(): Promise<void> {
    this.#server.listen(0, '127.0.0.1')
    await once(this.#server, 'listening')
    const address = this.#server.address()
    if (address === null || typeof address === 'string') throw new TypeError('not a TCP address')
    this.port = address.port
  }

  url(scheme: string): string {
    return `${scheme}://127.0.0.1:${this.port}`
  }

  delay(ms: number): void {
    this.#change({ state: 'forwards', delayMs: ms })
  }

  cut(): void {
    this.#network = { state: 'cut' }
    for (const link of this.#links) link.reset()
  }

  halfOpen(): void {
    this.#network = { state: 'half-open' }
  }

  heal(): void {
    this.#change({ state: 'forwards', delayMs: 0 })
  }

  async stop(): Promise<void> {
    const closed = once(this.#server, 'close')
    this.#server.close()
    this.cut()
    await closed
  }

  #change(network: NetworkState): void {
    this.#network = network
    for (const link of this.#links) if (link.damaged) link.reset()
  }

  #open(client: Socket): void {
    const link = new ProxiedConnection(client, () => this.#network)
    this.#links.add(link)
    client.once('close', () => this.#links.delete(link))
    if (this.#network.state === 'cut') link.reset()
    else if (this.#network.state === 'half-open') link.dangle()
    else link.join(connect({ host: '127.0.0.1', ...this.#target, allowHalfOpen: true, noDelay: true }))
  }
}

/** One client's connection and, where the network let it through, the one to the server. */
class ProxiedConnection {
  /** Whether one side has sent, closed or asked for what the other has not seen. */
  damaged = false
  readonly #client: Socket
  readonly #network: () => NetworkState
  #server: Socket | undefined

  constructor(client: Socket, network: () => NetworkState) {
    this.#client = client
    this.#network = network
    this.#guard(client)
  }

  join(server: Socket): void {
    this.#server = server
    this.#guard(server)
    this.#client.pipe(this.#wire()).pipe(server)
    server.pipe(this.#wire()).pipe(this.#client)
  }

  /** Read and discard what the client sends. */
  dangle(): void {
    this.damaged = true
    this.#client.resume()
  }

  reset(): void {
    this.#client.resetAndDestroy()
    this.#server?.resetAndDestroy()
  }

  /** One direction. Holding one piece holds the next ones too, so that order is kept while the delay changes. */
  #wire(): Transform {
    return new Transform({
      transform: (chunk: Buffer, _encoding, done) => {
        const network = this.#network()
        if (network.state !== 'forwards' || network.delayMs === 0) this.#pass(chunk, done)
        else setTimeout(() => this.#pass(chunk, done), network.delayMs)
      },
      flush: (done) => {
        if (this.#network().state === 'forwards') done()
        else this.damaged = true // The end is not passed on: `done` is never called.
      },
    })
  }

  #pass(chunk: Buffer, done: (error: null, chunk?: Buffer) => void): void {
    if (this.#network().state === 'forwards') {
      done(null, chunk)
    } else {
      this.damaged = true
      done(null)
    }
  }

  /** What becomes of one side becomes of the other, while the network lets it through. */
  #guard(side: Socket): void {
    side.on('error', () => {}) // The close that follows says the same.
    side.once('close', (broken) => {
      if (this.#network().state === 'half-open') this.damaged = true
      else if (broken) this.reset()
    })
  }
}
