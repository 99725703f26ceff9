import type { RuleChange } from '../../contract/rule-version.ts'
import type { Logger } from '../../lib/logging/logger.ts'
import { formatProblem } from '../../rules/files/rule-file-problem.ts'
import type { RuleRollout, RuleRolloutOutcome } from '../../rules/rollout/rule-rollout.ts'

/** Wrap a rollout so that each request to change the rules is logged with its author, the rules and the outcome. */
export function logRuleChanges(rollout: RuleRollout, log: Logger): RuleRollout {
  const logged = async (
    request: { by: string; action: string; rule?: string },
    outcome: Promise<RuleRolloutOutcome>,
  ): Promise<RuleRolloutOutcome> => {
    logOutcome(log.child({ component: 'rules', ...request }), await outcome)
    return outcome
  }
  return {
    get current() {
      return rollout.current
    },
    refresh: () => rollout.refresh(),
    preview: () => rollout.preview(),
    reload: (by, options) => logged({ by, action: options?.why ?? 'reload' }, rollout.reload(by, options)),
    startTrial: (by, files) => logged({ by, action: 'shadow' }, rollout.startTrial(by, files)),
    withdraw: (request) => logged(labelsOf(request, 'withdraw'), rollout.withdraw(request)),
    promote: (request) => logged(labelsOf(request, 'promote'), rollout.promote(request)),
    rollback: (request, to) => logged(labelsOf(request, 'rollback'), rollout.rollback(request, to)),
  }
}

function labelsOf({ by, name }: { by: string; name: string }, action: string) {
  return { by, action, rule: name }
}

function logOutcome(log: Logger, outcome: RuleRolloutOutcome): void {
  switch (outcome.is) {
    case 'done':
      if (outcome.changes.length > 0)
        log.info(`rules changed: ${outcome.changes.length}`, {
          event: 'rules_changed',
          ...groupByStatus(outcome.changes),
        })
      if (outcome.kindFiles.length > 0)
        log.info(`device kinds changed: ${outcome.kindFiles.join(', ')}`, {
          event: 'kinds_changed',
          files: outcome.kindFiles,
        })
      return
    case 'invalid':
      log.warn(`rules not changed:\n${outcome.problems.map(formatProblem).join('\n')}`, {
        event: 'rules_rejected',
      })
      return
    case 'rejected':
      log.warn(`rules not changed: ${outcome.why}`, { event: 'rules_rejected', reason: outcome.reason })
  }
}

/** Return the names and versions of the changed rules, grouped by their new state, without empty groups. */
function groupByStatus(changes: readonly RuleChange[]): Partial<Record<RuleChange['to'], string[]>> {
  const groups: Partial<Record<RuleChange['to'], string[]>> = {}
  for (const { name, version, to } of changes) groups[to] = [...(groups[to] ?? []), `${name}@${version}`]
  return groups
}
