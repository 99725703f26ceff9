import { request as httpRequest, type IncomingHttpHeaders, type IncomingMessage } from 'node:http'
import { request as httpsRequest } from 'node:https'
import type { EgressPolicy } from './egress-policy.ts'

export interface HttpPost {
  url: string
  headers: Record<string, string>
  body: string | Buffer
  /** For connecting, sending and the response together. */
  timeoutMs: number
}

export interface HttpPostResponse {
  status: number
  headers: IncomingHttpHeaders
  /** The first 2,048 bytes. */
  bodyExcerpt: string
}

/** Enough for an error message; the rest is not read. */
const maxResponseBytes = 2_048

/**
 * Post to a URL of a user. Redirects are not followed but returned like any other response.
 * @throws BlockedHostError when the URL is not allowed
 * @throws Error when the connection fails or there is no response within the timeout
 */
export function httpPost(
  { url, headers, body, timeoutMs }: HttpPost,
  egress: EgressPolicy,
): Promise<HttpPostResponse> {
  const target = egress.checkUrl(url)
  const [request, agent] =
    target.protocol === 'https:' ? [httpsRequest, egress.httpsAgent] : [httpRequest, egress.httpAgent]
  return new Promise((resolve, reject) => {
    const signal = AbortSignal.timeout(timeoutMs)
    const sent = request(target, { method: 'POST', agent, signal, headers }, (response) => {
      readExcerpt(response).then(
        (text) => resolve({ status: response.statusCode ?? 0, headers: response.headers, bodyExcerpt: text }),
        reject,
      )
    })
    sent.on('error', (error) => reject(signal.aborted ? new Error(`timeout after ${timeoutMs} ms`) : error))
    sent.end(body)
  })
}

async function readExcerpt(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of response) {
    chunks.push(chunk as Buffer)
    bytes += (chunk as Buffer).length
    // Leaving the loop closes the connection.
    if (bytes >= maxResponseBytes) break
  }
  return Buffer.concat(chunks).subarray(0, maxResponseBytes).toString('utf8')
}
