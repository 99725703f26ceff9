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
  /** InfluxDB 2 wants it. */
  org?: string
  /** InfluxDB 1 and 3 call it a database. */
  bucket: string
  /** Asked for at the server when absent. */
  version?: InfluxVersion
  /** The longest wait for an ordinary answer. */
  timeoutMs?: number
  /** The longest wait until a write is confirmed. */
  writeTimeoutMs?: number
  /** The longest wait for what reads or deletes a lot. */
  longTimeoutMs?: number
}

/** A table of an InfluxQL answer; the first column is `time`, in ms. */
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

/** One InfluxDB: how to talk to it, whichever version it is. */
export class InfluxClient {
  readonly version: InfluxVersion
  readonly bucket: string
  readonly org: string
  /** Its address, without what is secret. */
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

  /** Whatever the status; @throws SeriesUnavailableError when nothing comes */
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

  /** The JSON of the answer; @throws SeriesRejectedError, SeriesUnavailableError when it is no success */
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

  /** Runs one InfluxQL statement. */
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

  /** Writes lines of line protocol, with times in ms. When it rejects some of them may have been kept. */
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

/** Only InfluxDB 1 has passwords, and it does not take them as a token before 1.8. */
function authorizationHeader(token: string): string {
  return token.includes(':') ? `Basic ${Buffer.from(token).toString('base64')}` : `Token ${token}`
}

/**
 * Finds out which version it is, where that is not told.
 * @throws SeriesUnavailableError when it does not answer, SeriesRejectedError when it does not say
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
