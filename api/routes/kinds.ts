import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { parseKinds } from '../../rules/files/kinds.ts'
import type { ApiDependencies } from '../dependencies.ts'
import { problemResponses } from '../problem.ts'
import { kindSchema, toKind } from '../schemas/kind.ts'

/** Register the route of the device kinds of the live rule set. */
export function kindRoutes({ ruleRollout }: Pick<ApiDependencies, 'ruleRollout'>): FastifyPluginAsyncZod {
  return async (app) => {
    app.get('/api/kinds', {
      schema: {
        tags: ['rules'],
        summary: 'List device kinds with their components, metrics and rules, sorted by name',
        querystring: z.strictObject({}),
        response: { 200: z.object({ items: z.array(kindSchema), next: z.null() }), ...problemResponses() },
      },
      handler: async () => {
        const { kinds: files, live } = ruleRollout.current
        const kinds = [...parseKinds(files).kinds.values()].sort((a, b) => (a.name < b.name ? -1 : 1))
        const rulesOf = (kind: string) =>
          live.filter(({ text }) => kindOfRule(text) === kind).map(({ name }) => name)
        return { items: kinds.map((kind) => toKind(kind, rulesOf(kind.name))), next: null }
      },
    })
  }
}

/** Return the kind that a rule file names: a key of its own line, whatever else the file has. */
const kindOfRule = (text: string): string | undefined => /^kind:\s*["']?([a-z0-9_]+)/m.exec(text)?.[1]
