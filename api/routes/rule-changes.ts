import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import type { RuleRolloutOutcome } from '../../rules/rollout/rule-rollout.ts'
import type { ApiDependencies } from '../dependencies.ts'
import { ApiError } from '../errors.ts'
import { type CommandResult, commandHeaders, IdempotentCommands } from '../idempotent-commands.ts'
import { problemResponses } from '../problem.ts'
import { ruleChangesSchema, ruleParams } from '../schemas/rule.ts'

const emptyQuery = z.strictObject({})
// A required JSON body also stops pages of other origins: the browser sends a preflight request (CORS) first.
const by = z.string().min(1).max(200).describe('Name of the person making the change.')
const authorBody = z.strictObject({ by })
const reloadBody = authorBody.extend({
  acceptRemovals: z
    .boolean()
    .optional()
    .describe(
      'Whether to reload although files of several live rules are gone. Default: the setting rules.removals.',
    ),
})
const trialBody = z.strictObject({
  by,
  files: z
    .array(z.strictObject({ file: z.string().min(1).max(1_000), text: z.string() }))
    .min(1)
    .max(1_000),
})
const rollbackBody = z.strictObject({
  by,
  to: z
    .string()
    .min(1)
    .max(100)
    .optional()
    .describe('Version to restore. Default: the previous live version.'),
})
const maxFilesBytes = 4 * 1_024 * 1_024

/**
 * Register the commands that change the live rule set. Each takes effect at its position in the journal, before the
 * response.
 */
export function ruleChangeRoutes({
  ruleRollout,
  records,
  now,
}: Pick<ApiDependencies, 'ruleRollout' | 'records' | 'now'>): FastifyPluginAsyncZod {
  const commands = new IdempotentCommands({ records, now })
  const schema = (summary: string) => ({
    tags: ['rules'],
    summary,
    querystring: emptyQuery,
    headers: commandHeaders,
    response: {
      200: ruleChangesSchema,
      ...problemResponses('rules_invalid', 'rule_change_rejected', ...IdempotentCommands.errorCodes),
    },
  })
  return async (app) => {
    app.post('/api/rules/reload', {
      schema: {
        ...schema('Reload device kinds and rules; nothing changes if a file is invalid'),
        body: reloadBody,
      },
      handler: (request, reply) =>
        commands.runWithClaim({ request, reply }, async () =>
          toResponse(
            await ruleRollout.reload(request.body.by, { acceptRemovals: request.body.acceptRemovals }),
          ),
        ),
    })
    app.post('/api/rules/trials', {
      bodyLimit: maxFilesBytes,
      schema: { ...schema('Start shadow runs of the given rules'), body: trialBody },
      handler: (request, reply) =>
        commands.runWithClaim({ request, reply }, async () => {
          const { by, files } = request.body
          return toResponse(await ruleRollout.startTrial(by, files))
        }),
    })
    app.post('/api/rules/:name/withdraw', {
      schema: { ...schema('End a shadow run'), params: ruleParams, body: authorBody },
      handler: (request, reply) =>
        commands.runWithClaim({ request, reply }, async () =>
          toResponse(await ruleRollout.withdraw({ ...request.params, ...request.body })),
        ),
    })
    app.post('/api/rules/:name/promote', {
      schema: { ...schema('Promote the shadow version to live'), params: ruleParams, body: authorBody },
      handler: (request, reply) =>
        commands.runWithClaim({ request, reply }, async () =>
          toResponse(await ruleRollout.promote({ ...request.params, ...request.body })),
        ),
    })
    app.post('/api/rules/:name/rollback', {
      schema: { ...schema('Roll back to an earlier version'), params: ruleParams, body: rollbackBody },
      handler: (request, reply) =>
        commands.runWithClaim({ request, reply }, async () => {
          const { by, to } = request.body
          return toResponse(await ruleRollout.rollback({ ...request.params, by }, to))
        }),
    })
  }
}

/** @throws ApiError when the change was not made */
function toResponse(outcome: RuleRolloutOutcome): CommandResult<z.output<typeof ruleChangesSchema>> {
  switch (outcome.is) {
    case 'done':
      return { body: { changes: [...outcome.changes], kindFiles: [...outcome.kindFiles] } }
    case 'invalid':
      throw new ApiError('rules_invalid', 'Nothing was changed.', { problems: outcome.problems })
    case 'rejected':
      throw new ApiError('rule_change_rejected', `${outcome.why}.`)
  }
}
