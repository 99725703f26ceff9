import { request as httpRequest, type IncomingHttpHeaders, type IncomingMessage } from 'node:http'
import { request as httpsRequest } from 'node:https'
import type { Outside } from './outside.ts'

export interface Post {
  url: string
  headers: Record<string, string>
  body: string | Buffer
  /** For the whole of it. */
  timeoutMs: number
}

export interface Answer {
  status: number
  headers: IncomingHttpHeaders
  /** Its beginning. */
  text: string
}

/** The beginning of an answer says what is wrong; what comes after it is not read. */
const readBytes = 2_048

/**
 * Posts to where a user said. Redirects are not followed: they are an answer like any other.
 * @throws NotOutsideError when that is not on the Internet
 * @throws when there is no answer within the time
 */
export function post({ url, headers, body, timeoutMs }: Post, outside: Outside): Promise<Answer> {
  const target = outside.url(url)
  const [request, agent] =
    target.protocol === 'https:' ? [httpsRequest, outside.https] : [httpRequest, outside.http]
  return new Promise((resolve, reject) => {
    const signal = AbortSignal.timeout(timeoutMs)
    const sent = request(target, { method: 'POST', agent, signal, headers }, (response) => {
      beginningOf(response).then(
        (text) => resolve({ status: response.statusCode ?? 0, headers: response.headers, text }),
        reject,
      )
    })
    sent.on('error', (error) => reject(signal.aborted ? new Error(`timeout after ${timeoutMs} ms`) : error))
    sent.end(body)
  })
}

async function beginningOf(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of response) {
    chunks.push(chunk as Buffer)
    bytes += (chunk as Buffer).length
    // Leaving the loop ends the connection.
    if (bytes >= readBytes) break
  }
  return Buffer.concat(chunks).subarray(0, readBytes).toString('utf8')
}
