import { Agent as HttpAgent } from 'node:http'
import { Agent as HttpsAgent } from 'node:https'
import { SeriesRejectedError, SeriesUnavailableError } from '../series.ts'
import { errorFromNetworkFailure, errorFromResponse } from './errors.ts'
import { writeLines } from './writer.ts'

export type InfluxVersion = 1 | 2 | 3

export interface InfluxOptions {
  /** `http://host:8086`, without user and password. */
  url: string
  /** InfluxDB 1: `user:password`. */
  token?: string
  /** Organization; required by InfluxDB 2. */
  org?: string
  /** Name of the bucket (InfluxDB 1 and 3: database). */
  bucket: string
  /** Version of the server; detected when absent. */
  version?: InfluxVersion
  /** Longest wait for an ordinary response. */
  timeoutMs?: number
  /** Longest wait until a write is confirmed. */
  writeTimeoutMs?: number
  /** Longest wait for requests that read or delete much data. */
  longTimeoutMs?: number
}

/** A table of an InfluxQL response; the first column is `time`, in ms. */
export interface InfluxTable {
  tags?: Record<string, string>
  columns: string[]
  values: (string | number | null)[][]
}

export interface InfluxResponse {
  status: number
  headers: Headers
  text: string
}

interface RequestOptions {
  method?: 'GET' | 'POST'
  body?: URLSearchParams | string
  timeoutMs?: number
}

interface StatementResult {
  /** A table without rows has no `values`. */
  series?: (Omit<InfluxTable, 'values'> & Partial<InfluxTable>)[]
  error?: string
}

/** HTTP client of one InfluxDB, version 1, 2 or 3. */
export class InfluxClient {
  readonly version: InfluxVersion
  readonly bucket: string
  readonly org: string
  /** Its URL, without secrets. */
  readonly address: string
  readonly longTimeoutMs: number
  readonly #authorization: Record<string, string>
  readonly #timeoutMs: number
  readonly #writeTimeoutMs: number
  readonly #agent: HttpAgent | HttpsAgent

  constructor(options: InfluxOptions, version: InfluxVersion) {
    const { url, token, org = '', bucket, timeoutMs = 10_000 } = options
    this.version = version
    this.bucket = bucket
    this.org = org
    this.address = url.replace(/\/$/, '')
    this.#authorization = token === undefined ? {} : { authorization: authorizationHeader(token) }
    this.#timeoutMs = timeoutMs
    this.longTimeoutMs = options.longTimeoutMs ?? 60_000
    this.#writeTimeoutMs = options.writeTimeoutMs ?? 30_000
    this.#agent = new (url.startsWith('https:') ? HttpsAgent : HttpAgent)({ keepAlive: true })
  }

  /** Return the response, with any status. @throws SeriesUnavailableError when there is no response */
  async request(path: string, request: RequestOptions = {}): Promise<InfluxResponse> {
    const { method = 'GET', body, timeoutMs = this.#timeoutMs } = request
    const signal = AbortSignal.timeout(timeoutMs)
    const json = typeof body === 'string' ? { 'content-type': 'application/json' } : undefined
    try {
      const response = await fetch(`${this.address}${path}`, {
        method,
        headers: { ...this.#authorization, ...json },
        signal,
        ...(body !== undefined && { body }),
      })
      return { status: response.status, headers: response.headers, text: await response.text() }
    } catch (error) {
      throw errorFromNetworkFailure(this.address, error, signal.aborted ? { timedOutMs: timeoutMs } : {})
    }
  }

  /** Return the JSON of the response. @throws SeriesRejectedError, SeriesUnavailableError when the status is no success */
  async requestJson<T>(path: string, request: RequestOptions = {}): Promise<T> {
    const { status, text } = await this.request(path, request)
    if (status >= 300) throw errorFromResponse(this.address, status, text)
    try {
      return (text === '' ? undefined : JSON.parse(text)) as T
    } catch (cause) {
      throw new SeriesRejectedError(
        `${this.address} does not answer as InfluxDB does: is INFLUX_URL right?`,
        {
          cause,
        },
      )
    }
  }

  /** Run one InfluxQL statement. */
  async query(statement: string, timeoutMs = this.#timeoutMs): Promise<InfluxTable[]> {
    const body = new URLSearchParams({ db: this.bucket, epoch: 'ms', q: statement })
    const answer = await this.requestJson<{ results: StatementResult[] }>('/query', {
      method: 'POST',
      body,
      timeoutMs,
    })
    const [result] = answer.results
    if (result?.error === undefined) return (result?.series ?? []).map((table) => ({ values: [], ...table }))
    throw new SeriesUnavailableError(`InfluxDB at ${this.address} could not answer: ${result.error}`)
  }

  /** Write lines of line protocol, with times in ms. When it rejects, some of them may have been stored. */
  write(lines: readonly string[]): Promise<void> {
    const path =
      this.version === 1 ? { path: `/write?db=${encodeURIComponent(this.bucket)}&precision=ms` } : {}
    return writeLines(lines, {
      ...path,
      url: this.address,
      org: this.org,
      bucket: this.bucket,
      headers: this.#authorization,
      agent: this.#agent,
      timeoutMs: this.#writeTimeoutMs,
    })
  }

  close(): void {
    this.#agent.destroy()
  }
}

/**
 * Return the authorization header. Only InfluxDB 1 has passwords, and it does not accept them as a token before 1.8.
 */
function authorizationHeader(token: string): string {
  return token.includes(':') ? `Basic ${Buffer.from(token).toString('base64')}` : `Token ${token}`
}

/**
 * Detect the version of the server, where it is not configured.
 * @throws SeriesUnavailableError when it does not respond, SeriesRejectedError when the response has no version
 */
export async function connectInflux(options: InfluxOptions): Promise<InfluxClient> {
  const server = new InfluxClient(options, options.version ?? 1)
  if (options.version !== undefined) return server
  server.close()
  return new InfluxClient(options, await detectVersion(server))
}

async function detectVersion(server: InfluxClient): Promise<InfluxVersion> {
  const { status, headers, text } = await server.request('/ping')
  if (status >= 300) throw errorFromResponse(server.address, status, text)
  const said = headers.get('x-influxdb-version') ?? /"version"\s*:\s*"([^"]*)"/.exec(text)?.[1] ?? ''
  const [, major] = /^v?([123])\./.exec(said) ?? []
  if (major !== undefined) return Number(major) as InfluxVersion
  throw new SeriesRejectedError(
    `${server.address} does not say which version of InfluxDB it is (${said || 'nothing'}): set INFLUX_VERSION to 1, 2 or 3`,
  )
}
