import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { parseAllDocuments } from 'yaml'
import { z } from 'zod'
import { roleNames } from '../app/roles.ts'
import { allSettings } from '../app/settings/schema.ts'
import { packageRoot } from '../lib/package-root.ts'

const folder = join(packageRoot, 'deploy', 'kubernetes')
const read = (...path: string[]) => readFileSync(join(packageRoot, ...path), 'utf8')

const manifestSchema = z.object({
  apiVersion: z.string(),
  kind: z.string(),
  data: z.record(z.string(), z.string()).optional(),
  stringData: z.record(z.string(), z.string()).optional(),
  resources: z.array(z.string()).optional(),
  spec: z.unknown().optional(),
  metadata: z.looseObject({ name: z.string().regex(/^[a-z0-9-]+$/) }).optional(),
})
const probe = z.strictObject({
  httpGet: z.strictObject({ path: z.string(), port: z.literal('http') }),
  periodSeconds: z.int(),
  timeoutSeconds: z.int().optional(),
  failureThreshold: z.int().optional(),
})
const quantities = z.partialRecord(z.enum(['cpu', 'memory']), z.string().regex(/^\d+(m|Mi|Gi)?$/))
const containerSchema = z.strictObject({
  name: z.string(),
  image: z.string(),
  args: z.array(z.string()),
  envFrom: z.array(
    z.partialRecord(z.enum(['configMapRef', 'secretRef']), z.strictObject({ name: z.string() })),
  ),
  ports: z.array(z.strictObject({ name: z.string(), containerPort: z.int() })),
  startupProbe: probe,
  livenessProbe: probe,
  readinessProbe: probe,
  resources: z.strictObject({
    requests: quantities,
    limits: z.partialRecord(z.enum(['cpu', 'memory']), z.string()),
  }),
  securityContext: z.looseObject({}),
  volumeMounts: z.array(z.strictObject({ name: z.string(), mountPath: z.string() })),
})
const deploymentSchema = z.looseObject({
  apiVersion: z.literal('apps/v1'),
  spec: z.looseObject({
    replicas: z.int(),
    selector: z.strictObject({ matchLabels: z.record(z.string(), z.string()) }),
    template: z.looseObject({
      metadata: z.looseObject({ labels: z.record(z.string(), z.string()) }),
      spec: z.looseObject({ containers: z.tuple([containerSchema]) }),
    }),
  }),
})

const files = readdirSync(folder)
const manifests = files.flatMap((file) =>
  parseAllDocuments(read('deploy', 'kubernetes', file)).flatMap((document) => {
    expect(document.errors, file).toEqual([])
    const manifest: unknown = document.toJS()
    return manifest === null ? [] : [{ file, ...manifestSchema.parse(manifest) }]
  }),
)
const ofKind = (kind: string) => manifests.filter((manifest) => manifest.kind === kind)
const namesIn = (kind: string) =>
  ofKind(kind).flatMap((manifest) => Object.keys(manifest.data ?? manifest.stringData ?? {}))

describe('the manifests for Kubernetes', () => {
  test('are all in the kustomization', () => {
    const [kustomization] = ofKind('Kustomization')
    const resources = kustomization?.resources ?? []
    expect([...resources, 'kustomization.yaml'].sort()).toEqual(files.sort())
  })

  test('set nothing but settings', () => {
    const variables = new Set(allSettings.map(({ env }) => env))
    const names = [...namesIn('ConfigMap'), ...namesIn('Secret')]
    expect(names.length).toBeGreaterThan(5)
    for (const name of names) expect(variables).toContain(name)
  })

  test('give every role what processes that share the work need', () => {
    const names = [...namesIn('ConfigMap'), ...namesIn('Secret')]
    for (const name of ['MQTT_URL', 'JOURNAL', 'REDIS_URL', 'INFLUX_URL', 'DATABASE_URL'])
      expect(names).toContain(name)
  })

  test.each(roleNames)('have a deployment for the role %s, as the image and the program are', (role) => {
    const manifest = ofKind('Deployment').find(({ metadata }) => metadata?.name === `forewarn-${role}`)
    const { spec } = deploymentSchema.parse(manifest)
    expect(spec.template.metadata.labels).toEqual(spec.selector.matchLabels)
    const [container] = spec.template.spec.containers
    expect(container.args).toEqual(['up', '--roles', role])
    expect(container.image).toBe(`forewarn:${JSON.parse(read('package.json')).version}`)
    expect(read('Dockerfile')).toContain('ENTRYPOINT ["node", "bin/forewarn.js"]')
    const routes = read('api', 'routes', 'health.ts')
    for (const { httpGet } of [container.startupProbe, container.livenessProbe, container.readinessProbe])
      expect(routes).toContain(`'${httpGet.path}'`)
    expect(read('Dockerfile')).toContain(`EXPOSE ${container.ports[0]?.containerPort}`)
    const [[config], [secret]] = [ofKind('ConfigMap'), ofKind('Secret')]
    expect(container.envFrom).toEqual([
      { configMapRef: { name: config?.metadata?.name } },
      { secretRef: { name: secret?.metadata?.name } },
    ])
  })

  test('scale deployments that exist, to no more processes than there are partitions', () => {
    const partitions = Number(ofKind('ConfigMap')[0]?.data?.FOREWARN_JOURNAL_PARTITIONS)
    const names = ofKind('Deployment').map(({ metadata }) => metadata?.name)
    const scalers = ofKind('HorizontalPodAutoscaler')
    expect(scalers.length).toBeGreaterThan(0)
    for (const { spec } of scalers) {
      const { scaleTargetRef, maxReplicas } = z
        .looseObject({ scaleTargetRef: z.looseObject({ name: z.string() }), maxReplicas: z.int() })
        .parse(spec)
      expect(names).toContain(scaleTargetRef.name)
      expect(maxReplicas).toBeLessThanOrEqual(partitions)
    }
  })
})
