import Fastify, { type FastifyInstance } from 'fastify'
import { serializerCompiler, validatorCompiler } from 'fastify-type-provider-zod'
import { answerNotModified } from './etag.ts'
import { createMetrics, type Metrics } from './metrics.ts'
import { describeApi } from './openapi.ts'
import type { ApiParts } from './parts.ts'
import { answerBadUrl, answerExpectations, answerNoRequest, answerProblems } from './problem.ts'
import { contactRoutes } from './routes/contacts.ts'
import { deadLetterRoutes } from './routes/dead-letters.ts'
import { depotRoutes } from './routes/depots.ts'
import { deviceRoutes } from './routes/devices.ts'
import { eventRoutes } from './routes/events.ts'
import { exportRoutes } from './routes/exports.ts'
import { healthRoutes } from './routes/health.ts'
import { historyRoutes } from './routes/history.ts'
import { importRoutes } from './routes/imports.ts'
import { incidentRoutes } from './routes/incidents.ts'
import { metricsRoutes } from './routes/metrics.ts'
import { noticeRoutes } from './routes/notices.ts'
import { ownerRoutes } from './routes/owners.ts'
import { quarantineRoutes } from './routes/quarantine.ts'
import { reportRoutes } from './routes/reports.ts'
import { ruleChangeRoutes } from './routes/rule-changes.ts'
import { ruleRoutes } from './routes/rules.ts'
import { seriesRoutes } from './routes/series.ts'
import { stockRoutes } from './routes/stock.ts'
import { stockMoveRoutes } from './routes/stock-moves.ts'
import { technicianRoutes } from './routes/technicians.ts'
import { ticketCommandRoutes } from './routes/ticket-commands.ts'
import { ticketRoutes } from './routes/tickets.ts'
import { verdictRoutes } from './routes/verdicts.ts'
import { refuseUnstorable } from './storable.ts'

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
  await describeApi(app, parts.version)
  await app.register(healthRoutes(parts))
  await app.register(metricsRoutes({ ...parts, metrics }))
  await app.register(deviceRoutes(parts))
  await app.register(seriesRoutes(parts))
  await app.register(ticketRoutes(parts))
  await app.register(ticketCommandRoutes(parts))
  await app.register(verdictRoutes(parts))
  await app.register(ownerRoutes(parts))
  await app.register(contactRoutes(parts))
  await app.register(noticeRoutes(parts))
  await app.register(technicianRoutes(parts))
  await app.register(depotRoutes(parts))
  await app.register(stockRoutes(parts))
  await app.register(stockMoveRoutes(parts))
  await app.register(eventRoutes(parts))
  await app.register(importRoutes(parts))
  await app.register(exportRoutes(parts))
  await app.register(reportRoutes(parts))
  await app.register(incidentRoutes(parts))
  await app.register(quarantineRoutes(parts))
  await app.register(deadLetterRoutes(parts))
  await app.register(ruleRoutes(parts))
  await app.register(ruleChangeRoutes(parts))
  await app.register(historyRoutes(parts))
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
