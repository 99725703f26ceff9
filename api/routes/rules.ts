import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { readRuleHistory } from '../../store/records/rule-history.ts'
import type { ApiDependencies } from '../dependencies.ts'
import { ApiError } from '../errors.ts'
import { problemResponses } from '../problem.ts'
import { compareLatestShadowRun, listRules } from '../rule-reports.ts'
import { previewReload } from '../rules-diff.ts'
import {
  ruleHistorySchema,
  ruleListSchema,
  ruleParams,
  rulesDiffSchema,
  shadowComparisonSchema,
} from '../schemas/rule.ts'

const emptyQuery = z.strictObject({})

/** Register the routes of the live rule set, its history, and the differences of shadow rules. */
export function ruleRoutes(
  dependencies: Pick<ApiDependencies, 'records' | 'ruleRollout'>,
): FastifyPluginAsyncZod {
  return async (app) => {
    app.get('/api/rules', {
      schema: {
        tags: ['rules'],
        summary: 'List live and shadow rules, sorted by name',
        querystring: emptyQuery,
        response: { 200: ruleListSchema, ...problemResponses() },
      },
      handler: async () => ({ rules: await listRules(dependencies) }),
    })

    app.get('/api/rules/diff', {
      schema: {
        tags: ['rules'],
        summary: 'Show what a reload of device kinds and rules would change',
        querystring: emptyQuery,
        response: { 200: rulesDiffSchema, ...problemResponses('rules_invalid', 'rule_change_rejected') },
      },
      handler: () => previewReload(dependencies),
    })

    app.get('/api/rules/:name/comparison', {
      schema: {
        tags: ['rules'],
        summary: 'Compare the findings of the latest shadow run with the live version',
        params: ruleParams,
        querystring: emptyQuery,
        response: { 200: shadowComparisonSchema, ...problemResponses('rule_never_on_trial') },
      },
      handler: async ({ params: { name } }) => {
        const comparison = await compareLatestShadowRun(dependencies, name)
        if (comparison) return comparison
        throw new ApiError('rule_never_on_trial', `No rule ${JSON.stringify(name)} was ever on trial.`)
      },
    })

    app.get('/api/rules/:name/history', {
      schema: {
        tags: ['rules'],
        summary: 'Get the versions and status changes of a rule',
        params: ruleParams,
        querystring: emptyQuery,
        response: { 200: ruleHistorySchema, ...problemResponses('rule_not_found') },
      },
      handler: async ({ params: { name } }) => {
        const { changes, versions } = await readRuleHistory(dependencies.records, name)
        if (changes.length === 0)
          throw new ApiError('rule_not_found', `No rule has the name ${JSON.stringify(name)}.`)
        return {
          name,
          changes,
          versions: versions.map(({ first_seen, ...rest }) => ({ ...rest, firstSeen: first_seen })),
        }
      },
    })
  }
}
