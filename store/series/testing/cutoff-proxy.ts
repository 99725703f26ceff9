import { once } from 'node:events'
import { createServer, request } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface CutoffProxy {
  url: string
  /** Forward this number of further requests, and cut off all later ones. */
  allow(requests: number): void
  stop(): Promise<void>
}

/** Start a proxy before an HTTP server, so that a test can cut off a sequence of requests at any point. */
export async function startCutoffProxy(targetUrl: string): Promise<CutoffProxy> {
  let remainingRequests = 0
  const server = createServer((incoming, response) => {
    remainingRequests -= 1
    if (remainingRequests < 0) return void incoming.socket.destroy()
    const { method = 'GET', headers, url = '' } = incoming
    const forwarded = request(`${targetUrl}${url}`, { method, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 500, answer.headers)
      answer.pipe(response)
    })
    forwarded.on('error', () => response.destroy())
    incoming.pipe(forwarded)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    allow: (requests) => {
      remainingRequests = requests
    },
    async stop() {
      server.close()
      server.closeAllConnections()
      await once(server, 'close')
    },
  }
}
