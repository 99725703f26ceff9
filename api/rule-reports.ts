import type { z } from 'zod'
import { compareTrial, type TrialComparison } from '../rules/rollout/compare-trial.ts'
import { readRuleHistory, readRuleVersionStatuses } from '../store/records/rule-history.ts'
import { readTrialFindings } from '../store/records/trial-findings.ts'
import type { ApiDependencies } from './dependencies.ts'
import type { ruleListSchema, shadowComparisonSchema } from './schemas/rule.ts'

type RuleReportDependencies = Pick<ApiDependencies, 'records' | 'ruleRollout'>
type ListedRule = z.output<typeof ruleListSchema>['rules'][number]
type Comparison = z.output<typeof shadowComparisonSchema>

/** Return the live rules, then the shadow rules. */
export async function listRules({ records, ruleRollout }: RuleReportDependencies): Promise<ListedRule[]> {
  const { live, shadow } = ruleRollout.current
  const statuses = await readRuleVersionStatuses(records)
  const listed = (
    { name, version, file }: (typeof live)[number],
    status: ListedRule['status'],
  ): Omit<ListedRule, 'trial'> => {
    const found = statuses.find(
      (one) => one.name === name && one.version === version && one.became === status,
    )
    return { name, version, status, file, since: found?.since ?? null, by: found?.by ?? null }
  }
  const trials = shadow.map(async (rule) => {
    const trial = summarizeComparison(
      await compareShadowRun(records, { rule: rule.name, since: rule.trialStartedAt }),
    )
    return { ...listed(rule, 'shadow'), since: new Date(rule.trialStartedAt), trial }
  })
  const all = [
    ...live.map((rule) => ({ ...listed(rule, 'live'), trial: null })),
    ...(await Promise.all(trials)),
  ]
  return all.sort((a, b) => (a.name === b.name ? 0 : a.name < b.name ? -1 : 1))
}

/** Return the report of the current shadow run, else of the last one; undefined when there was none. */
export async function compareLatestShadowRun(
  { records, ruleRollout }: RuleReportDependencies,
  name: string,
): Promise<Comparison | undefined> {
  const { changes } = await readRuleHistory(records, name)
  const running = ruleRollout.current.shadow.find((rule) => rule.name === name)
  const last = changes.find(({ became }) => became === 'shadow')
  const version = running?.version ?? last?.version
  const since = running ? new Date(running.trialStartedAt) : last?.at
  if (version === undefined || since === undefined) return undefined
  const ended = changes.findLast((change) => change.version === version && change.at > since)
  const compared = await compareShadowRun(records, { rule: name, since: since.getTime() })
  return {
    rule: name,
    version,
    against: changes.find(({ became, at }) => became === 'live' && at <= since)?.version ?? null,
    since,
    until: running ? null : (ended?.at ?? null),
    counts: summarizeComparison(compared),
    onlyLive: compared.onlyLive.map(toAlarm),
    onlyShadow: compared.onlyShadow.map(toAlarm),
    both: compared.both.map((alarm) => ({
      ...toAlarm(alarm),
      liveAt: new Date(alarm.liveAt),
      leadMs: alarm.leadMs,
    })),
  }
}

async function compareShadowRun(
  records: RuleReportDependencies['records'],
  trial: { rule: string; since: number },
): Promise<TrialComparison> {
  const { findings, activeAtStart } = await readTrialFindings(records, trial)
  return compareTrial(findings, activeAtStart)
}

function summarizeComparison({ onlyLive, onlyShadow, both }: TrialComparison): Comparison['counts'] {
  const leads = both.map(({ leadMs }) => leadMs).sort((a, b) => a - b)
  return {
    onlyLive: onlyLive.length,
    onlyShadow: onlyShadow.length,
    both: both.length,
    medianLeadMs: leads[Math.floor(leads.length / 2)] ?? null,
  }
}

function toAlarm({ device, component, epoch, at }: TrialComparison['onlyLive'][number]) {
  return { device, component, epoch, at: new Date(at) }
}
