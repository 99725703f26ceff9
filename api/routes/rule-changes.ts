import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import type { RuleLifeOutcome } from '../../rules/rollout/rule-life.ts'
import { type Answer, Commands, commandHeaders } from '../commands.ts'
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
export function ruleChangeRoutes({
  ruleLife,
  records,
  now,
}: Pick<ApiParts, 'ruleLife' | 'records' | 'now'>): FastifyPluginAsyncZod {
  const commands = new Commands({ records, now })
  const schema = (summary: string) => ({
    tags: ['rules'],
    summary,
    querystring: noQuery,
    headers: commandHeaders,
    response: {
      200: changedSchema,
      ...problemResponses('rules_invalid', 'rule_change_refused', ...Commands.problems),
    },
  })
  return async (app) => {
    app.post('/api/rules/reload', {
      schema: { ...schema('Reads the catalogue folder anew; with a problem in it, nothing changes'), body },
      handler: (request, reply) =>
        commands.claim({ request, reply }, async () => answer(await ruleLife.reload(request.body.by))),
    })
    app.post('/api/rules/trials', {
      bodyLimit: filesLimit,
      schema: { ...schema('Puts the rules of some files on trial'), body: trialBody },
      handler: (request, reply) =>
        commands.claim({ request, reply }, async () => {
          const { by, files } = request.body
          return answer(await ruleLife.tryOut(by, files))
        }),
    })
    app.post('/api/rules/:name/withdraw', {
      schema: { ...schema('Ends a trial'), params: ruleParams, body },
      handler: (request, reply) =>
        commands.claim({ request, reply }, async () =>
          answer(await ruleLife.withdraw({ ...request.params, ...request.body })),
        ),
    })
    app.post('/api/rules/:name/promote', {
      schema: { ...schema('Makes the version on trial the live one'), params: ruleParams, body },
      handler: (request, reply) =>
        commands.claim({ request, reply }, async () =>
          answer(await ruleLife.promote({ ...request.params, ...request.body })),
        ),
    })
    app.post('/api/rules/:name/rollback', {
      schema: { ...schema('Makes an earlier version live'), params: ruleParams, body: rollbackBody },
      handler: (request, reply) =>
        commands.claim({ request, reply }, async () => {
          const { by, to } = request.body
          return answer(await ruleLife.rollback({ ...request.params, by }, to))
        }),
    })
  }
}

/** @throws ApiError when it was not done */
function answer(outcome: RuleLifeOutcome): Answer<z.output<typeof changedSchema>> {
  switch (outcome.is) {
    case 'done':
      return { body: { changes: [...outcome.changes] } }
    case 'invalid':
      throw new ApiError('rules_invalid', 'Nothing was changed.', { problems: outcome.problems })
    case 'refused':
      throw new ApiError('rule_change_refused', `${outcome.why}.`)
  }
}
