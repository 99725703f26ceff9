import type { z } from 'zod'
import { compareTrial, type TrialComparison } from '../rules/rollout/compare-trial.ts'
import { readRuleHistory, readStatuses } from '../store/records/rule-history.ts'
import { readTrial } from '../store/records/rule-trials.ts'
import type { ApiParts } from './parts.ts'
import type { comparisonSchema, ruleListSchema } from './schemas/rule.ts'

type Parts = Pick<ApiParts, 'records' | 'ruleLife'>
type ListedRule = z.output<typeof ruleListSchema>['rules'][number]
type Comparison = z.output<typeof comparisonSchema>

/** The rules in force; what is on trial behind what is live. */
export async function listRules({ records, ruleLife }: Parts): Promise<ListedRule[]> {
  const { live, shadow } = ruleLife.book
  const noted = await readStatuses(records)
  const listed = (
    { name, version, file }: (typeof live)[number],
    status: ListedRule['status'],
  ): Omit<ListedRule, 'trial'> => {
    const found = noted.find((one) => one.name === name && one.version === version && one.became === status)
    return { name, version, status, file, since: found?.since ?? null, by: found?.by ?? null }
  }
  const trials = shadow.map(async (rule) => {
    const trial = countsOf(await compare(records, { rule: rule.name, since: rule.since }))
    return { ...listed(rule, 'shadow'), since: new Date(rule.since), trial }
  })
  const all = [
    ...live.map((rule) => ({ ...listed(rule, 'live'), trial: null })),
    ...(await Promise.all(trials)),
  ]
  return all.sort((a, b) => (a.name === b.name ? 0 : a.name < b.name ? -1 : 1))
}

/** Of the trial that runs, else of the last one; undefined when there never was one. */
export async function compareLatestTrial(
  { records, ruleLife }: Parts,
  name: string,
): Promise<Comparison | undefined> {
  const { changes } = await readRuleHistory(records, name)
  const running = ruleLife.book.shadow.find((rule) => rule.name === name)
  const last = changes.find(({ became }) => became === 'shadow')
  const version = running?.version ?? last?.version
  const since = running ? new Date(running.since) : last?.at
  if (version === undefined || since === undefined) return undefined
  const ended = changes.findLast((change) => change.version === version && change.at > since)
  const compared = await compare(records, { rule: name, since: since.getTime() })
  return {
    rule: name,
    version,
    against: changes.find(({ became, at }) => became === 'live' && at <= since)?.version ?? null,
    since,
    until: running ? null : (ended?.at ?? null),
    counts: countsOf(compared),
    onlyLive: compared.onlyLive.map(dated),
    onlyShadow: compared.onlyShadow.map(dated),
    both: compared.both.map((alarm) => ({
      ...dated(alarm),
      liveAt: new Date(alarm.liveAt),
      leadMs: alarm.leadMs,
    })),
  }
}

async function compare(
  records: Parts['records'],
  trial: { rule: string; since: number },
): Promise<TrialComparison> {
  const { findings, active } = await readTrial(records, trial)
  return compareTrial(findings, active)
}

function countsOf({ onlyLive, onlyShadow, both }: TrialComparison): Comparison['counts'] {
  const leads = both.map(({ leadMs }) => leadMs).sort((a, b) => a - b)
  return {
    onlyLive: onlyLive.length,
    onlyShadow: onlyShadow.length,
    both: both.length,
    medianLeadMs: leads[Math.floor(leads.length / 2)] ?? null,
  }
}

function dated({ device, component, epoch, at }: TrialComparison['onlyLive'][number]) {
  return { device, component, epoch, at: new Date(at) }
}
