import { z } from 'zod'
import { errorMessage } from '../lib/error-message.ts'
import type { Settings } from './settings/schema.ts'
import { CommandError } from './terminal/output.ts'

/** Client of the running program with the same settings, over its HTTP API. */
export interface ApiClient {
  /** @throws CommandError when the program is unavailable or responds with a problem */
  get<T>(path: string, answer: z.ZodType<T>): Promise<T>
  post<T>(path: string, body: object, answer: z.ZodType<T>): Promise<T>
  /** Import a table as CSV in UTF-8; a large one takes some minutes. */
  upload<T>(path: string, csv: Buffer<ArrayBuffer>, answer: z.ZodType<T>): Promise<T>
  delete<T>(path: string, answer: z.ZodType<T>): Promise<T>
}

const requestTimeoutMs = 30_000
const uploadTimeoutMs = 10 * 60_000

const problemSchema = z.object({
  title: z.string(),
  detail: z.string(),
  code: z.string(),
  problems: z
    .array(
      z.object({
        file: z.string(),
        line: z.number(),
        column: z.number(),
        message: z.string(),
        hint: z.string().exactOptional(),
      }),
    )
    .default([]),
  rows: z
    .array(
      z.object({ line: z.number(), column: z.string().nullable(), message: z.string(), hint: z.string() }),
    )
    .default([]),
})

export type ApiProblem = z.output<typeof problemSchema>

/** The running program rejected the request with a message. */
export class ApiProblemError extends CommandError {
  readonly problem: ApiProblem

  constructor(problem: ApiProblem) {
    const { title, detail, code, problems, rows } = problem
    super(`${title}: ${detail}`, { code, problems, ...(rows.length > 0 && { rows }) })
    this.problem = problem
  }
}

/** No program answers at the URL. */
class UnreachableError extends CommandError {}

export function createApiClient(url: string): ApiClient {
  const send = async <T>(path: string, request: RequestInit, answer: z.ZodType<T>): Promise<T> => {
    const response = await fetch(new URL(path, url), {
      signal: AbortSignal.timeout(requestTimeoutMs),
      ...request,
    }).catch((error: unknown) => {
      throw new UnreachableError(
        `cannot reach Forewarn at ${url} (${fetchErrorReason(error)}); start it with \`forewarn up\``,
      )
    })
    const body: unknown = await response.json().catch(() => undefined)
    if (response.ok) return answer.parse(body)
    const told = problemSchema.safeParse(body)
    if (told.success) throw new ApiProblemError(told.data)
    throw new CommandError(
      `unexpected response from ${url} (${response.status}): not Forewarn, or another version`,
    )
  }
  return {
    get: (path, answer) => send(path, {}, answer),
    post: (path, body, answer) => {
      const headers = { 'content-type': 'application/json' }
      return send(path, { method: 'POST', headers, body: JSON.stringify(body) }, answer)
    },
    upload: (path, csv, answer) => {
      const headers = { 'content-type': 'text/csv' }
      const signal = AbortSignal.timeout(uploadTimeoutMs)
      return send(path, { method: 'POST', headers, body: csv, signal }, answer)
    },
    delete: (path, answer) => send(path, { method: 'DELETE' }, answer),
  }
}

/** Tell whether a program answers at all: a data folder that no program serves can be opened instead. */
export async function apiIsReachable(client: ApiClient): Promise<boolean> {
  try {
    await client.get('/healthz', z.unknown())
    return true
  } catch (error) {
    if (error instanceof UnreachableError) return false
    throw error
  }
}

/** Return the URL of the HTTP API by these settings, as seen from the same machine. */
export function localApiUrl({ http: { host, port } }: Pick<Settings, 'http'>): string {
  if (port === 0) throw new CommandError('http.port is 0 (any free port); pass the address with --url')
  const anywhere = host === '0.0.0.0' || host === '::'
  const name = anywhere ? '127.0.0.1' : host
  return `http://${name.includes(':') ? `[${name}]` : name}:${port}`
}

/** Return the reason of a failed `fetch`, which is in the cause of its error. */
function fetchErrorReason(error: unknown): string {
  return errorMessage(error instanceof Error && error.cause !== undefined ? error.cause : error)
}
