import { showProblem } from '../../rules/files/problem.ts'
import type { RuleLife, RuleLifeOutcome } from '../../rules/rollout/rule-life.ts'

export interface HangUpOptions {
  ruleLife: Pick<RuleLife, 'reload'>
  say(text: string): void
  onError(error: unknown): void
}

/**
 * Reads the rules anew at a SIGHUP, as daemons do. In a terminal that signal says that the terminal is gone: there it
 * ends the program, as it always did.
 */
export function reloadOnHangUp({ ruleLife, say, onError }: HangUpOptions): void {
  if (process.stderr.isTTY) return
  process.on('SIGHUP', () => {
    ruleLife.reload('SIGHUP').then((outcome) => say(describe(outcome)), onError)
  })
}

function describe(outcome: RuleLifeOutcome): string {
  switch (outcome.is) {
    case 'done':
      return `rules reloaded, ${outcome.changes.length} changes`
    case 'invalid':
      return `rules stay as they were:\n${outcome.problems.map(showProblem).join('\n')}`
    case 'refused':
      return `rules stay as they were: ${outcome.why}`
  }
}
