import Fastify, { type FastifyInstance, LogController } from 'fastify'
import { serializerCompiler, validatorCompiler } from 'fastify-type-provider-zod'
import type { ApiDependencies } from '../dependencies.ts'
import { toFastifyLogger } from '../fastify-logger.ts'
import { registerErrorHandlers } from '../problem.ts'
import { healthRoutes } from '../routes/health.ts'
import { metricsRoutes } from '../routes/metrics.ts'

export type HealthServerDependencies = Pick<
  ApiDependencies,
  'version' | 'readiness' | 'status' | 'metrics' | 'onError' | 'log'
>

/** Create the HTTP server of a process without the API: liveness, readiness and metrics. */
export async function createHealthServer(dependencies: HealthServerDependencies): Promise<FastifyInstance> {
  const app: FastifyInstance = Fastify({
    loggerInstance: toFastifyLogger(dependencies.log),
    logController: new LogController({ disableRequestLogging: true }),
    requestTimeout: 30_000,
    forceCloseConnections: true,
  })
  app.setValidatorCompiler(validatorCompiler)
  app.setSerializerCompiler(serializerCompiler)
  registerErrorHandlers(app, dependencies.onError)
  await app.register(healthRoutes(dependencies))
  await app.register(metricsRoutes(dependencies))
  await app.ready()
  return app
}
