import { type Handlers, type Port, ThreadLink } from '../../../lib/threads/thread-link.ts'
import { type RuleReferences, validateRuleText } from '../../../rules/files/load-rules.ts'
import type { TextFile } from '../../../rules/files/read-yaml-files.ts'
import type { Rule } from '../../../rules/files/rule.ts'
import { RuleFilesError } from '../../../rules/files/rule-file-problem.ts'
import { ReplayFleet } from './replay-fleet.ts'
import { packParts, type ReplayThreadCalls, unpackColumns, unpackModel } from './thread-calls.ts'

/**
 * Replay devices for another thread.
 * @param vocabulary kinds and detectors; the first call fails with its error
 */
export function serveReplay(port: Port, vocabulary: Promise<RuleReferences>): void {
  // Thrown to the first call.
  vocabulary.catch(() => undefined)
  let opened: ReplayFleet | undefined
  const fleet = (): ReplayFleet => {
    if (opened === undefined) throw new Error('the replay is not open')
    return opened
  }
  const handlers: Handlers<ReplayThreadCalls> = {
    async open({ rules: { live, candidate }, ...replay }) {
      const references = await vocabulary
      const rules = { live: parseRules(live, references), candidate: parseRules(candidate, references) }
      opened = new ReplayFleet({ ...replay, kinds: references.kinds, rules })
      const { metrics, learns } = opened
      return { metrics, learns }
    },
    load: (columns) => fleet().load(unpackColumns(columns)),
    async advance(bound) {
      await fleet().advance(bound, () => undefined)
      return fleet().readings
    },
    endWarmUp: () => fleet().endWarmUp(),
    contributions: () => fleet().contributions().map(packParts),
    setFleetModels: (models) => fleet().setFleetModels(models.map(unpackModel)),
    findings: () => fleet().findings(),
  }
  new ThreadLink<Record<never, never>, ReplayThreadCalls>(port, { handlers })
}

/** The rules were valid in the main thread. */
function parseRules(texts: readonly TextFile[], references: RuleReferences): Rule[] {
  return texts.map((text) => {
    const { rule, problems } = validateRuleText(text, references)
    if (rule === undefined) throw new RuleFilesError(problems)
    return rule.rule
  })
}
