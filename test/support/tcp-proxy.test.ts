import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import { describe, expect, it, onTestFinished } from 'vitest'
import { proxyTargetOf, startTcpProxy, type TcpProxy } from './tcp-proxy.ts'

/** A server that answers every piece in capitals, behind a proxy. */
async function behindProxy(): Promise<{ proxy: TcpProxy; accepted: Socket[]; received: () => string }> {
  const accepted: Socket[] = []
  let received = ''
  const server = createServer((socket) => {
    accepted.push(socket)
    socket.on('error', () => {})
    socket.on('data', (chunk) => {
      received += chunk.toString()
      socket.write(chunk.toString().toUpperCase())
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new TypeError('not a TCP address')
  const proxy = await startTcpProxy({ port: address.port })
  onTestFinished(async () => {
    await proxy.stop()
    for (const socket of accepted) socket.destroy()
    server.close()
  })
  return { proxy, accepted, received: () => received }
}

async function dial(proxy: TcpProxy): Promise<Socket> {
  const socket = connect(proxy.port, '127.0.0.1')
  onTestFinished(() => void socket.destroy())
  await once(socket, 'connect')
  return socket
}

async function ask(socket: Socket, question: string): Promise<string> {
  const answer = once(socket, 'data') as Promise<[Buffer]>
  socket.write(question)
  return (await answer)[0].toString()
}

/** How a connection ended. */
async function ending(socket: Socket): Promise<string> {
  socket.resume()
  const [error] = (await once(socket, 'error')) as [NodeJS.ErrnoException]
  return error.code ?? ''
}

describe('the TCP proxy', () => {
  it('forwards both directions, and the end', async () => {
    const { proxy } = await behindProxy()
    const socket = await dial(proxy)
    expect(await ask(socket, 'hello')).toBe('HELLO')
    const ended = once(socket, 'close')
    socket.end()
    expect(await ended).toEqual([false])
  })

  it('resets what a cut finds open and what opens after it, until it is healed', async () => {
    const { proxy } = await behindProxy()
    const before = await dial(proxy)
    await ask(before, 'hello')
    const reset = ending(before)
    proxy.cut()
    expect(await reset).toBe('ECONNRESET')
    expect(await ending(connect(proxy.port, '127.0.0.1'))).toBe('ECONNRESET')
    proxy.heal()
    expect(await ask(await dial(proxy), 'again')).toBe('AGAIN')
  })

  it('takes bytes and forwards nothing while half-open, and never closes', async () => {
    const { proxy, accepted, received } = await behindProxy()
    const socket = await dial(proxy)
    await ask(socket, 'hello')
    proxy.halfOpen()
    const opened = await dial(proxy)
    let closed = 0
    for (const each of [socket, opened]) each.once('close', () => (closed += 1)).on('error', () => {})
    socket.write('lost')
    opened.write('lost')
    const gone = once(accepted[0] as Socket, 'close')
    accepted[0]?.destroy()
    await gone
    // A connection to somewhere else goes its way meanwhile: what the proxy would pass on, it has.
    const other = await behindProxy()
    await ask(await dial(other.proxy), 'meanwhile')
    expect({ closed, accepted: accepted.length, received: received() }).toEqual({
      closed: 0,
      accepted: 1,
      received: 'hello',
    })
    const resets = [ending(socket), ending(opened)]
    proxy.heal()
    expect(await Promise.all(resets)).toEqual(['ECONNRESET', 'ECONNRESET'])
    expect(await ask(await dial(proxy), 'again')).toBe('AGAIN')
  })

  it('keeps a connection that was idle while the network was half-open', async () => {
    const { proxy } = await behindProxy()
    const socket = await dial(proxy)
    await ask(socket, 'hello')
    proxy.halfOpen()
    proxy.heal()
    expect(await ask(socket, 'still there')).toBe('STILL THERE')
  })

  it('holds what is under way for the delay, in order', async () => {
    const { proxy } = await behindProxy()
    const socket = await dial(proxy)
    await ask(socket, 'hello')
    proxy.delay(60)
    const start = performance.now()
    const slow = ask(socket, 'slow,')
    expect(await slow).toBe('SLOW,')
    expect(performance.now() - start).toBeGreaterThan(110)
    let said = ''
    socket.on('data', (chunk) => {
      said += chunk.toString()
    })
    socket.write('first ')
    proxy.heal()
    socket.write('second')
    while (said.length < 12) await once(socket, 'data')
    expect(said).toBe('FIRST SECOND')
  })

  it('resets a client when no server is there', async () => {
    const { proxy } = await behindProxy()
    const nowhere = await startTcpProxy({ port: await vacantPort() })
    onTestFinished(() => nowhere.stop())
    expect(await ending(connect(nowhere.port, '127.0.0.1'))).toBe('ECONNRESET')
    expect(proxy.url('redis')).toBe(`redis://127.0.0.1:${proxy.port}`)
  })

  it('reads its target from a URL', () => {
    expect(proxyTargetOf('mqtt://127.0.0.1:1883')).toEqual({ host: '127.0.0.1', port: 1883 })
    expect(() => proxyTargetOf('http://localhost')).toThrow(TypeError)
  })
})

async function vacantPort(): Promise<number> {
  const proxy = await startTcpProxy({ port: 1 })
  await proxy.stop()
  return proxy.port
}
