import swagger, { type SwaggerTransformObject } from '@fastify/swagger'
import swaggerUi from '@fastify/swagger-ui'
import type { FastifyInstance } from 'fastify'
import { jsonSchemaTransform, jsonSchemaTransformObject } from 'fastify-type-provider-zod'

/** Swagger UI sets inline styles; everything else comes from this server. */
const contentSecurityPolicy = {
  'default-src': ["'self'"],
  'style-src': ["'self'", "'unsafe-inline'"],
  'img-src': ["'self'", 'data:'],
  'object-src': ["'none'"],
  'frame-ancestors': ["'self'"],
}

/** Register the OpenAPI document, built from the schemas of the routes registered later, and its pages. */
export async function registerOpenApi(app: FastifyInstance, version: string): Promise<void> {
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Forewarn',
        version,
        description:
          'Devices, measurements, the service desk (tickets, technicians, parts, owners, notices) and rules. Errors follow ' +
          'RFC 9457. Commands accept an `Idempotency-Key`; editable resources have an `ETag`.',
        license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
      },
      tags: [
        { name: 'devices', description: 'Devices and their time series' },
        { name: 'tickets', description: 'Maintenance tickets and their evidence' },
        { name: 'people', description: 'Owners, contacts, notices and technicians' },
        { name: 'stock', description: 'Depots and spare-part stock' },
        { name: 'exchange', description: 'CSV import and export' },
        { name: 'reports', description: 'Service reports and KPIs' },
        { name: 'rules', description: 'Live rules, shadow rules and their rollout' },
        { name: 'incidents', description: 'Alarm floods, grouped into incidents' },
        { name: 'history', description: 'Data that backtests replay' },
        { name: 'quarantine', description: 'Messages that failed validation' },
        { name: 'operation', description: 'Health, metrics and dead letters' },
      ],
    },
    transform: jsonSchemaTransform,
    transformObject: (document) => removeInputSchemas(jsonSchemaTransformObject(document)),
  })
  const css = [{ filename: 'forewarn.css', content: '.swagger-ui .topbar { display: none }' }]
  await app.register(swaggerUi, {
    routePrefix: '/docs',
    staticCSP: contentSecurityPolicy,
    theme: { title: 'Forewarn API', css },
  })
  app.get('/openapi.json', { schema: { hide: true } }, () => app.swagger())
}

/** Remove the second copy of each schema, meant for requests; no request here uses one. */
function removeInputSchemas(
  document: ReturnType<SwaggerTransformObject>,
): ReturnType<SwaggerTransformObject> {
  const schemas = 'components' in document ? document.components?.schemas : undefined
  for (const name of Object.keys(schemas ?? {})) {
    if (name.endsWith('Input')) delete schemas?.[name]
  }
  return document
}
