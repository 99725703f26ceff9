import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import type { Kysely } from 'kysely'
import { z } from 'zod'
import { closeRuleFlag } from '../../desk/feedback/close-rule-flag.ts'
import type { Records } from '../../store/records/schema.ts'
import type { ApiDependencies } from '../dependencies.ts'
import { ApiError } from '../errors.ts'
import { commandHeaders, IdempotentCommands } from '../idempotent-commands.ts'
import { pageOf, pageQuery, pairCursor, toPage } from '../pagination.ts'
import { problemResponses } from '../problem.ts'
import { emptyQuery, nameField } from '../schemas/fields.ts'
import { ruleParams } from '../schemas/rule.ts'
import { ruleFlagSchema, ruleFlagStates, toRuleFlag } from '../schemas/rule-flag.ts'

const listQuery = z.strictObject({ state: z.enum(ruleFlagStates).default('open'), ...pageQuery })
const params = ruleParams.extend({ version: z.string().min(1).max(100) })
const body = z.strictObject({ by: nameField.describe('Name of the reviewer.') })

/** Register the routes of rules that technicians found wrong too often, with proposed fixes. */
export function ruleFlagRoutes({
  records,
  now,
}: Pick<ApiDependencies, 'records' | 'now'>): FastifyPluginAsyncZod {
  const commands = new IdempotentCommands({ records, now })
  return async (app) => {
    app.get('/api/rules/flags', {
      schema: {
        tags: ['rules'],
        summary: 'List rule versions with degraded precision, and suggested stricter settings',
        querystring: listQuery,
        response: { 200: pageOf(ruleFlagSchema), ...problemResponses() },
      },
      handler: async ({ query }) => {
        const page = toPage(await list(records, query), query.limit, (row) => [row.rule, row.version])
        return { ...page, items: page.items.map(toRuleFlag) }
      },
    })

    app.post('/api/rules/:name/flags/:version/done', {
      schema: {
        tags: ['rules'],
        summary:
          'Clear the flag of a rule version without changing the rule; it may be flagged again after the next promotion',
        params,
        querystring: emptyQuery,
        headers: commandHeaders,
        body,
        response: {
          200: ruleFlagSchema,
          ...problemResponses('rule_flag_not_found', ...IdempotentCommands.errorCodes),
        },
      },
      handler: (request, reply) =>
        commands.runInTransaction({ request, reply }, async (trx) => {
          const { name: rule, version } = request.params
          const flag = await closeRuleFlag(trx, { rule, version, by: request.body.by, at: now() })
          if (flag !== undefined) return { body: toRuleFlag(flag) }
          const what = `Version ${JSON.stringify(version)} of rule ${JSON.stringify(rule)}`
          throw new ApiError('rule_flag_not_found', `${what} has no flag: look at GET /api/rules/flags.`)
        }),
    })
  }
}

function list(records: Kysely<Records>, { state, limit, cursor }: z.output<typeof listQuery>) {
  let flags = records
    .selectFrom('rule_flags')
    .selectAll()
    .where('state', '=', state)
    .orderBy('rule')
    .orderBy('version')
    .limit(limit + 1)
  if (cursor !== undefined) {
    const [rule, version] = pairCursor(cursor)
    flags = flags.where((is) => is(is.refTuple('rule', 'version'), '>', is.tuple(rule, version)))
  }
  return flags.execute()
}
