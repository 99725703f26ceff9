import { type IncomingMessage, request } from 'node:http'
import fc from 'fast-check'
import { arbitraryRequest, type FuzzRequest } from './arbitraries/requests.ts'
import { type FuzzFailure, OutcomeCounter, type PhaseOptions, type PhaseReport } from './report.ts'
import { readRoutes } from './routes.ts'
import { type FuzzTarget, startFuzzTarget } from './target.ts'

const runsPerCheck = 250
const checksAtOnce = 8
const responseTimeoutMs = 30_000

/** An answer is not one that the API may give. */
class ResponseError extends Error {
  override readonly name = 'ResponseError'
}

interface HttpResponse {
  status: number
  contentType: string
  body: string
}

/** Asks a running program for everything it describes, rightly and wrongly: it must answer, and errors as problems. */
export async function fuzzRequests({ count, seed, progress }: PhaseOptions): Promise<PhaseReport> {
  const target = await startFuzzTarget()
  const asked = arbitraryRequest(await readRoutes(target.httpUrl))
  const tally = new OutcomeCounter()
  const failures: FuzzFailure[] = []
  let tried = 0
  let started = 0
  const checkSome = async () => {
    while (started < count && failures.length === 0) {
      const runSeed = seed + started
      const numRuns = Math.min(runsPerCheck, count - started)
      started += numRuns
      const property = fc.asyncProperty(asked, async (each) => {
        const answer = await sendRequest(target, each)
        tally.add(classifyResponse(answer, each))
        const failure = target.failureReason()
        if (failure !== undefined) throw new ResponseError(failure)
      })
      const result = await fc.check(property, { numRuns, seed: runSeed })
      if (result.failed) {
        const example = JSON.stringify(result.counterexample)
        failures.push({ phase: 'requests', what: String(result.errorInstance), seed: runSeed, example })
      }
      tried += numRuns
      progress(tried)
    }
  }
  await Promise.all(Array.from({ length: checksAtOnce }, checkSome))
  const end = await target.stop()
  if (end !== undefined && failures.length === 0)
    failures.push({ phase: 'requests', what: end, seed, example: `seed ${seed}` })
  return { tried, outcomes: tally.counts(), failures }
}

function sendRequest(
  target: FuzzTarget,
  { method, url, headers, body = '' }: FuzzRequest,
): Promise<HttpResponse> {
  const { hostname, port } = new URL(target.httpUrl)
  const length = { 'content-length': String(Buffer.byteLength(body)) }
  const options = {
    hostname,
    port,
    method,
    path: url,
    headers: { ...headers, ...length },
    timeout: responseTimeoutMs,
  }
  return new Promise((resolve, reject) => {
    const sent = request({ ...options, agent: false }, (response) => {
      resolve(readResponse(response))
    })
    sent.on('timeout', () =>
      sent.destroy(new ResponseError(`no answer within ${responseTimeoutMs / 1_000} s`)),
    )
    sent.on('error', reject)
    sent.end(body)
  })
}

async function readResponse(response: IncomingMessage): Promise<HttpResponse> {
  const contentType = response.headers['content-type'] ?? ''
  let body = ''
  for await (const chunk of response.setEncoding('utf8')) {
    body += chunk
    // It has no end of its own; leaving the loop closes it.
    if (contentType.startsWith('text/event-stream')) break
  }
  return { status: response.statusCode ?? 0, contentType, body }
}

/** @throws ResponseError for what the API may not answer */
function classifyResponse({ status, contentType, body }: HttpResponse, { method, url }: FuzzRequest): string {
  if (status === 503 && url.startsWith('/readyz')) return 'not ready'
  if (status >= 500) throw new ResponseError(`status ${status}: ${body.slice(0, 500)}`)
  if (status < 400) return String(status)
  if (!contentType.startsWith('application/problem+json')) {
    throw new ResponseError(`status ${status} with ${contentType}: ${body.slice(0, 500)}`)
  }
  if (method === 'HEAD') return String(status)
  const problem = JSON.parse(body) as { status: number; code: string }
  if (problem.status !== status) throw new ResponseError(`status ${status} with ${body.slice(0, 500)}`)
  return `${status} ${problem.code}`
}
