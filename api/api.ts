import Fastify, { type FastifyInstance } from 'fastify'
import { serializerCompiler, validatorCompiler } from 'fastify-type-provider-zod'
import { createMetrics, type Metrics } from '../health/metrics.ts'
import { answerNotModified } from './etag.ts'
import { describeApi } from './openapi.ts'
import type { ApiParts } from './parts.ts'
import { answerBadUrl, answerExpectations, answerNoRequest, answerProblems } from './problem.ts'
import { registerRoutes } from './register-routes.ts'
import { refuseUnstorable } from './storable.ts'

const idleLookMs = 50
/** What is not answered by then is not answered. */
const answerGraceMs = 2_000

/**
 * The HTTP API, ready for `listen` or `inject`; `close` ends it. It has no sign-in and grants no other origin
 * access: listen on loopback, or behind something that knows who asks.
 */
export async function createApi(parts: ApiParts): Promise<FastifyInstance> {
  const app = Fastify({
    // Only rule files are larger; their route says so.
    bodyLimit: 16_384,
    requestTimeout: 30_000,
    // Of a connection on which nothing moves: a reader that does not read holds up what it asked for.
    connectionTimeout: 120_000,
    clientErrorHandler: answerNoRequest,
    frameworkErrors: (error, _request, reply) => answerBadUrl(error, reply),
    routerOptions: { maxParamLength: 200 },
  })
  app.setValidatorCompiler(validatorCompiler)
  app.setSerializerCompiler(serializerCompiler)
  answerProblems(app, parts.onError)
  answerExpectations(app.server)
  refuseUnstorable(app)
  answerNotModified(app)
  app.server.maxConnections = 1_000
  app.addHook('onSend', async (_request, reply) => {
    reply.header('x-content-type-options', 'nosniff')
  })
  const metrics = createMetrics()
  measureRequests(app, metrics)
  closeConnections(app)
  await describeApi(app, parts.version)
  await registerRoutes(app, parts, metrics)
  app.get('/', { schema: { hide: true } }, (_request, reply) => reply.redirect('/docs'))
  await app.ready()
  return app
}

function measureRequests(app: FastifyInstance, metrics: Metrics): void {
  app.addHook('onResponse', async (request, reply) => {
    const route = request.routeOptions.url ?? 'none'
    // How long somebody listened says nothing of how fast it was answered.
    if (route === '/api/events') return
    const labels = { method: request.method, route, status: String(reply.statusCode) }
    metrics.observeRequest(labels, reply.elapsedTime / 1_000)
  })
  app.addHook('onClose', async () => metrics.close())
}

/**
 * Without it the server would stay open for a minute: for a connection that is answered meanwhile, and then kept alive for
 * more, and for one that never asked anything, as browsers open them ahead.
 */
function closeConnections(app: FastifyInstance): void {
  let idle: NodeJS.Timeout | undefined
  let all: NodeJS.Timeout | undefined
  app.addHook('preClose', async () => {
    idle = setInterval(() => app.server.closeIdleConnections(), idleLookMs)
    all = setTimeout(() => app.server.closeAllConnections(), answerGraceMs)
  })
  app.server.on('close', () => {
    clearInterval(idle)
    clearTimeout(all)
  })
}
