import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { createGunzip } from 'node:zlib'

/** Features of a real server of the version, and the permissions of its token. */
export interface FakeInfluxApiOptions {
  version: 2 | 3
  /** A real InfluxDB 1, which stores the data. */
  backendUrl: string
  token: string
  /** Whether the token may create buckets, mappings and databases. */
  mayCreate?: boolean
}

export interface FakeInfluxApi {
  url: string
  /** Buckets or databases that were created, and mappings. */
  created: string[]
  stop(): Promise<void>
}

interface ApiRequest {
  path: string
  query: URLSearchParams
  body: string
}

interface ApiResponse {
  status: number
  body?: unknown
}

/**
 * Start a fake InfluxDB 2 or 3: it implements their documented HTTP API for tokens, organizations, buckets, DBRP
 * mappings, databases, writing and deleting, and forwards data and queries to an InfluxDB 1.
 */
export async function startFakeInfluxApi(options: FakeInfluxApiOptions): Promise<FakeInfluxApi> {
  const { version, backendUrl, token, mayCreate = true } = options
  const created: string[] = []
  const answer = (asked: ApiRequest, method: string) => {
    const route = `${method} ${asked.path}`
    if (!mayCreate && method === 'POST' && creatingPaths.has(asked.path)) {
      return { status: 403, body: { code: 'forbidden', message: 'insufficient permissions' } }
    }
    const routes = version === 2 ? routes2(backendUrl, created) : routes3(backendUrl, created)
    return routes[route]?.(asked) ?? { status: 404, body: { code: 'not found', message: route } }
  }
  const server = createServer((request, response) => {
    const { authorization } = request.headers
    if (authorization !== `Token ${token}`) {
      return send(response, { status: 401, body: { code: 'unauthorized', message: 'unauthorized access' } })
    }
    if (request.url === '/ping' && version === 2) response.setHeader('X-Influxdb-Version', 'v2.7.12')
    void readRequest(request)
      .then((asked) => answer(asked, request.method ?? ''))
      .then((found) => send(response, found))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    created,
    stop: () => new Promise((resolve) => server.close(() => resolve()).closeAllConnections()),
  }
}

type Routes = Record<string, (asked: ApiRequest) => ApiResponse | Promise<ApiResponse>>

const creatingPaths = new Set(['/api/v2/buckets', '/api/v2/dbrps', '/api/v3/configure/database'])

function routes2(behind: string, made: string[]): Routes {
  const bucketOf = (name: string) => ({ id: `id-${name}`, orgID: 'org-1', name, retentionRules: [] })
  const isMade = (name: string) => made.includes(`bucket ${name}`)
  const isMapped = (name: string) => made.includes(`mapping ${name}`)
  return {
    'GET /ping': () => ({ status: 204 }),
    'GET /api/v2/orgs': () => ({ status: 200, body: { orgs: [{ id: 'org-1' }] } }),
    'GET /api/v2/buckets': ({ query }) => {
      const name = query.get('name') ?? ''
      if (isMade(name)) return { status: 200, body: { buckets: [bucketOf(name)] } }
      return { status: 404, body: { code: 'not found', message: `bucket "${name}" not found` } }
    },
    'POST /api/v2/buckets': async ({ body }) => {
      const { name, orgID } = JSON.parse(body)
      if (orgID !== 'org-1') return { status: 400 }
      await forward(behind, { path: '/query', query: new URLSearchParams(), body: createDatabaseForm(name) })
      made.push(`bucket ${name}`)
      return { status: 201, body: bucketOf(name) }
    },
    'GET /api/v2/dbrps': ({ query }) => {
      const name = query.get('db') ?? ''
      const mapping = { bucketID: `id-${name}`, database: name, default: true }
      return { status: 200, body: { content: isMapped(name) ? [mapping] : [] } }
    },
    'POST /api/v2/dbrps': ({ body }) => {
      const { bucketID, database } = JSON.parse(body)
      if (bucketID !== `id-${database}`) return { status: 400 }
      made.push(`mapping ${database}`)
      return { status: 201, body: {} }
    },
    'POST /query': (asked) => {
      const db = new URLSearchParams(asked.body).get('db') ?? ''
      return isMapped(db) ? forward(behind, asked) : { status: 404, body: { error: 'no dbrp mapping' } }
    },
    'POST /api/v2/write': (asked) =>
      asked.query.get('org') === 'home' && isMade(asked.query.get('bucket') ?? '')
        ? forwardWrite(behind, asked)
        : { status: 404 },
    'POST /api/v2/delete': ({ query, body }) => {
      const { stop, predicate } = JSON.parse(body)
      const [, measurement] = /^_measurement="(\w+)"$/.exec(predicate) ?? []
      const q = `DELETE FROM ${measurement} WHERE time < '${stop}'`
      const form = new URLSearchParams({ db: query.get('bucket') ?? '', q })
      return forward(behind, { path: '/query', query: new URLSearchParams(), body: `${form}` }).then(() => ({
        status: 204,
      }))
    },
  }
}

function routes3(behind: string, made: string[]): Routes {
  return {
    'GET /ping': () => ({ status: 200, body: { version: '3.1.0', revision: 'abc' } }),
    'GET /api/v3/configure/database': () => ({
      status: 200,
      body: made.map((name) => ({ 'iox::database': name })),
    }),
    'POST /api/v3/configure/database': async ({ body }) => {
      const { db } = JSON.parse(body)
      await forward(behind, { path: '/query', query: new URLSearchParams(), body: createDatabaseForm(db) })
      made.push(db)
      return { status: 200 }
    },
    'POST /query': (asked) => forward(behind, asked),
    'POST /api/v2/write': (asked) => forwardWrite(behind, asked),
  }
}

function createDatabaseForm(name: string): string {
  return `${new URLSearchParams({ q: `CREATE DATABASE "${name}"` })}`
}

function forwardWrite(behind: string, { query, body }: ApiRequest): Promise<ApiResponse> {
  const place = { db: query.get('bucket') ?? '', precision: query.get('precision') ?? '' }
  return forward(behind, { path: '/write', query: new URLSearchParams(place), body })
}

async function forward(behind: string, { path, query, body }: ApiRequest): Promise<ApiResponse> {
  const headers = path === '/query' ? { 'content-type': 'application/x-www-form-urlencoded' } : undefined
  const response = await fetch(`${behind}${path}?${query}`, {
    method: 'POST',
    body,
    ...(headers && { headers }),
  })
  const said = await response.text()
  return { status: response.status, ...(said !== '' && { body: JSON.parse(said) }) }
}

async function readRequest(request: IncomingMessage): Promise<ApiRequest> {
  const { pathname, searchParams } = new URL(request.url ?? '', 'http://here')
  const stream = request.headers['content-encoding'] === 'gzip' ? request.pipe(createGunzip()) : request
  return { path: pathname, query: searchParams, body: await text(stream) }
}

function send(response: ServerResponse, { status, body }: ApiResponse): void {
  response.statusCode = status
  if (body === undefined) return void response.end()
  response.setHeader('content-type', 'application/json')
  response.end(JSON.stringify(body))
}
