import { request as httpRequest, type IncomingHttpHeaders, type IncomingMessage } from 'node:http'
import { request as httpsRequest } from 'node:https'
import type { EgressPolicy } from './egress-policy.ts'

export interface HttpPost {
  url: string
  headers: Record<string, string>
  body: string | Buffer
  /** For the whole of it. */
  timeoutMs: number
}

export interface HttpPostResponse {
  status: number
  headers: IncomingHttpHeaders
  /** Its beginning. */
  bodyExcerpt: string
}

/** The beginning of an answer says what is wrong; what comes after it is not read. */
const maxResponseBytes = 2_048

/**
 * Posts to where a user said. Redirects are not followed: they are an answer like any other.
 * @throws BlockedHostError when that is not on the Internet
 * @throws when there is no answer within the time
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
    // Leaving the loop ends the connection.
    if (bytes >= maxResponseBytes) break
  }
  return Buffer.concat(chunks).subarray(0, maxResponseBytes).toString('utf8')
}
