import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import type { IncomingHttpHeaders } from 'node:http'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export interface ReceivedRequest {
  url: string
  headers: IncomingHttpHeaders
  body: Buffer
}

export interface CannedResponse {
  status: number
  headers?: Record<string, string>
  body?: string
}

export interface HttpsServer {
  origin: string
  /** Certificate to trust, PEM. */
  ca: string
  requests: ReceivedRequest[]
  stop(): Promise<void>
}

/** Start a server with a self-signed certificate for `localhost` and 127.0.0.1. */
export async function startHttpsServer(
  respond: (request: ReceivedRequest) => CannedResponse,
): Promise<HttpsServer> {
  const { key, cert } = selfSigned()
  const requests: ReceivedRequest[] = []
  const server = createServer({ key, cert }, async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    const received = { url: request.url ?? '', headers: request.headers, body: Buffer.concat(chunks) }
    requests.push(received)
    const { status, headers, body = '' } = respond(received)
    response.writeHead(status, headers).end(body)
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const { port } = server.address() as AddressInfo
  const stop = async () => {
    server.closeAllConnections()
    server.close()
    await once(server, 'close')
  }
  return { origin: `https://localhost:${port}`, ca: cert, requests, stop }
}

function selfSigned(): { key: string; cert: string } {
  const folder = mkdtempSync(join(tmpdir(), 'forewarn-cert-'))
  const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')]
  try {
    const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1']
    const kind = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2']
    const files = ['-keyout', key, '-out', cert]
    execFileSync('openssl', ['req', '-x509', ...kind, ...subject, ...files], { stdio: 'ignore' })
    return { key: readFileSync(key, 'utf8'), cert: readFileSync(cert, 'utf8') }
  } finally {
    rmSync(folder, { recursive: true })
  }
}
