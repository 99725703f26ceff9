import Fastify, { type FastifyInstance, LogController } from 'fastify'
import { serializerCompiler, validatorCompiler } from 'fastify-type-provider-zod'
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
/** Time to complete open requests at a shutdown, then their connections are closed. */
const responseGraceMs = 2_000

/**
 * Create the HTTP API, ready for `listen` or `inject`; `close` ends it. It has no sign-in and grants no other origin
 * access: listen on loopback, or behind a proxy that authenticates.
 */
export async function createApi(dependencies: ApiDependencies): Promise<FastifyInstance> {
  const app: FastifyInstance = Fastify({
    loggerInstance: toFastifyLogger(dependencies.log),
    logController: new LogController({ disableRequestLogging: true }),
    // Only rule files are larger; their route has a limit of its own.
    bodyLimit: 16_384,
    requestTimeout: 30_000,
    // Limit of an idle connection: a client that does not read keeps resources of its response.
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
  measureRequests(app, dependencies.metrics)
  closeConnectionsOnShutdown(app)
  await registerOpenApi(app, dependencies.version)
  await registerRoutes(app, dependencies)
  app.get('/', { schema: { hide: true } }, (_request, reply) => reply.redirect('/docs'))
  await app.ready()
  return app
}

function measureRequests(app: FastifyInstance, metrics: ApiDependencies['metrics']): void {
  app.addHook('onResponse', async (request, reply) => {
    const route = request.routeOptions.url ?? 'none'
    // The duration of an event stream is no measure of response time.
    if (route === '/api/events') return
    const labels = { method: request.method, route, status: String(reply.statusCode) }
    metrics.observeRequest(labels, reply.elapsedTime / 1_000)
  })
}

/**
 * Close idle connections at a shutdown, then all. Without this the server would stay open for a minute: for a connection
 * kept alive after its response, and for one without any request, which browsers open in advance.
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
