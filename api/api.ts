import Fastify, { type FastifyInstance, LogController } from 'fastify'
import { serializerCompiler, validatorCompiler } from 'fastify-type-provider-zod'
import { createMetrics, type Metrics } from '../health/metrics.ts'
import type { ApiDependencies } from './dependencies.ts'
import { registerNotModifiedHook } from './etag.ts'
import { toFastifyLogger } from './fastify-logger.ts'
import { registerOpenApi } from './openapi.ts'
import {
  handleClientError,
  registerErrorHandlers,
  rejectUnknownExpectations,
  replyBadUrl,
} from './problem.ts'
import { registerRoutes } from './register-routes.ts'
import { rejectUnstorableText } from './storable-text.ts'

const idleCheckIntervalMs = 50
/** What is not answered by then is not answered. */
const responseGraceMs = 2_000

/**
 * The HTTP API, ready for `listen` or `inject`; `close` ends it. It has no sign-in and grants no other origin
 * access: listen on loopback, or behind something that knows who asks.
 */
export async function createApi(dependencies: ApiDependencies): Promise<FastifyInstance> {
  const app: FastifyInstance = Fastify({
    loggerInstance: toFastifyLogger(dependencies.log),
    logController: new LogController({ disableRequestLogging: true }),
    // Only rule files are larger; their route says so.
    bodyLimit: 16_384,
    requestTimeout: 30_000,
    // Of a connection on which nothing moves: a reader that does not read holds up what it asked for.
    connectionTimeout: 120_000,
    clientErrorHandler: handleClientError,
    frameworkErrors: (error, _request, reply) => replyBadUrl(error, reply),
    routerOptions: { maxParamLength: 200 },
  })
  app.setValidatorCompiler(validatorCompiler)
  app.setSerializerCompiler(serializerCompiler)
  registerErrorHandlers(app, dependencies.onError)
  rejectUnknownExpectations(app.server)
  rejectUnstorableText(app)
  registerNotModifiedHook(app)
  app.server.maxConnections = 1_000
  app.addHook('onSend', async (_request, reply) => {
    reply.header('x-content-type-options', 'nosniff')
  })
  const metrics = createMetrics()
  measureRequests(app, metrics)
  closeConnectionsOnShutdown(app)
  await registerOpenApi(app, dependencies.version)
  await registerRoutes(app, dependencies, metrics)
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
function closeConnectionsOnShutdown(app: FastifyInstance): void {
  let idle: NodeJS.Timeout | undefined
  let all: NodeJS.Timeout | undefined
  app.addHook('preClose', async () => {
    idle = setInterval(() => app.server.closeIdleConnections(), idleCheckIntervalMs)
    all = setTimeout(() => app.server.closeAllConnections(), responseGraceMs)
  })
  app.server.on('close', () => {
    clearInterval(idle)
    clearTimeout(all)
  })
}
