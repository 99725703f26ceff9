import { type IncomingMessage, request } from 'node:http'
import fc from 'fast-check'
import { type AnyRequest, requestOf } from './arbitraries/requests.ts'
import { type Failure, type PhaseOptions, type PhaseReport, Tally } from './report.ts'
import { readRoutes } from './routes.ts'
import { startTarget, type Target } from './target.ts'

const perCheck = 250
const checksAtOnce = 8
const patienceMs = 30_000

/** An answer is not one that the API may give. */
class AnswerError extends Error {
  override readonly name = 'AnswerError'
}

interface Answer {
  status: number
  contentType: string
  body: string
}

/** Asks a running program for everything it describes, rightly and wrongly: it must answer, and errors as problems. */
export async function fuzzRequests({ count, seed, progress }: PhaseOptions): Promise<PhaseReport> {
  const target = await startTarget()
  const asked = requestOf(await readRoutes(target.httpUrl))
  const tally = new Tally()
  const failures: Failure[] = []
  let tried = 0
  let started = 0
  const checkSome = async () => {
    while (started < count && failures.length === 0) {
      const runSeed = seed + started
      const numRuns = Math.min(perCheck, count - started)
      started += numRuns
      const property = fc.asyncProperty(asked, async (each) => {
        const answer = await ask(target, each)
        tally.add(verdictOn(answer, each))
        const trouble = target.trouble()
        if (trouble !== undefined) throw new AnswerError(trouble)
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

function ask(target: Target, { method, url, headers, body = '' }: AnyRequest): Promise<Answer> {
  const { hostname, port } = new URL(target.httpUrl)
  const length = { 'content-length': String(Buffer.byteLength(body)) }
  const options = {
    hostname,
    port,
    method,
    path: url,
    headers: { ...headers, ...length },
    timeout: patienceMs,
  }
  return new Promise((resolve, reject) => {
    const sent = request({ ...options, agent: false }, (response) => {
      resolve(answerOf(response))
    })
    sent.on('timeout', () => sent.destroy(new AnswerError(`no answer within ${patienceMs / 1_000} s`)))
    sent.on('error', reject)
    sent.end(body)
  })
}

async function answerOf(response: IncomingMessage): Promise<Answer> {
  const contentType = response.headers['content-type'] ?? ''
  let body = ''
  for await (const chunk of response.setEncoding('utf8')) {
    body += chunk
    // It has no end of its own; leaving the loop closes it.
    if (contentType.startsWith('text/event-stream')) break
  }
  return { status: response.statusCode ?? 0, contentType, body }
}

/** @throws AnswerError for what the API may not answer */
function verdictOn({ status, contentType, body }: Answer, { method, url }: AnyRequest): string {
  if (status === 503 && url.startsWith('/readyz')) return 'not ready'
  if (status >= 500) throw new AnswerError(`status ${status}: ${body.slice(0, 500)}`)
  if (status < 400) return String(status)
  if (!contentType.startsWith('application/problem+json')) {
    throw new AnswerError(`status ${status} with ${contentType}: ${body.slice(0, 500)}`)
  }
  if (method === 'HEAD') return String(status)
  const problem = JSON.parse(body) as { status: number; code: string }
  if (problem.status !== status) throw new AnswerError(`status ${status} with ${body.slice(0, 500)}`)
  return `${status} ${problem.code}`
}
