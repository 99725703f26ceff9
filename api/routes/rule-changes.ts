import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import type { RuleLifeOutcome } from '../../rules/life/rule-life.ts'
import { ApiError } from '../errors.ts'
import type { ApiParts } from '../parts.ts'
import { problemResponses } from '../problem.ts'
import { changedSchema, ruleParams } from '../schemas/rule.ts'

const noQuery = z.strictObject({})
// A body that has to be JSON also keeps pages of other origins from asking: their browser would ask us first.
const by = z.string().min(1).max(200).describe('Who wants it so.')
const body = z.strictObject({ by })
const trialBody = z.strictObject({
  by,
  files: z
    .array(z.strictObject({ file: z.string().min(1).max(1_000), text: z.string() }))
    .min(1)
    .max(1_000),
})
const rollbackBody = z.strictObject({
  by,
  to: z.string().min(1).max(100).optional().describe('A version; without it, the one that was live before.'),
})
const filesLimit = 4 * 1_024 * 1_024

/** The wishes that change the rules in force. Each holds from its place in the journal on, when it is answered. */
export function ruleChangeRoutes({ ruleLife }: Pick<ApiParts, 'ruleLife'>): FastifyPluginAsyncZod {
  const schema = (summary: string) => ({
    tags: ['rules'],
    summary,
    querystring: noQuery,
    response: { 200: changedSchema, ...problemResponses('rules_invalid', 'rule_change_refused') },
  })
  return async (app) => {
    app.post('/api/rules/reload', {
      schema: { ...schema('Reads the catalogue folder anew; with a problem in it, nothing changes'), body },
      handler: async ({ body }) => answer(await ruleLife.reload(body.by)),
    })
    app.post('/api/rules/trials', {
      bodyLimit: filesLimit,
      schema: { ...schema('Puts the rules of some files on trial'), body: trialBody },
      handler: async ({ body }) => answer(await ruleLife.tryOut(body.by, body.files)),
    })
    app.post('/api/rules/:name/withdraw', {
      schema: { ...schema('Ends a trial'), params: ruleParams, body },
      handler: async ({ params, body }) => answer(await ruleLife.withdraw({ ...params, ...body })),
    })
    app.post('/api/rules/:name/promote', {
      schema: { ...schema('Makes the version on trial the live one'), params: ruleParams, body },
      handler: async ({ params, body }) => answer(await ruleLife.promote({ ...params, ...body })),
    })
    app.post('/api/rules/:name/rollback', {
      schema: { ...schema('Makes an earlier version live'), params: ruleParams, body: rollbackBody },
      handler: async ({ params, body: { by, to } }) => answer(await ruleLife.rollback({ ...params, by }, to)),
    })
  }
}

/** @throws ApiError when it was not done */
function answer(outcome: RuleLifeOutcome): z.output<typeof changedSchema> {
  switch (outcome.is) {
    case 'done':
      return { changes: [...outcome.changes] }
    case 'invalid':
      throw new ApiError('rules_invalid', 'Nothing was changed.', { problems: outcome.problems })
    case 'refused':
      throw new ApiError('rule_change_refused', `${outcome.why}.`)
  }
}
