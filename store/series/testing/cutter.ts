import { once } from 'node:events'
import { createServer, request } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface Cutter {
  url: string
  /** Lets so many further requests through, and none behind them. */
  allow(requests: number): void
  stop(): Promise<void>
}

/** Stands before an HTTP server, so that a test can cut a sequence of requests off at any point. */
export async function startCutter(behind: string): Promise<Cutter> {
  let left = 0
  const server = createServer((asked, response) => {
    left -= 1
    if (left < 0) return void asked.socket.destroy()
    const { method = 'GET', headers, url = '' } = asked
    const forwarded = request(`${behind}${url}`, { method, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 500, answer.headers)
      answer.pipe(response)
    })
    forwarded.on('error', () => response.destroy())
    asked.pipe(forwarded)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    allow: (requests) => {
      left = requests
    },
    async stop() {
      server.close()
      server.closeAllConnections()
      await once(server, 'close')
    },
  }
}
