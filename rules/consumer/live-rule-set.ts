import type { FleetModelEntry, RuleSetEntry } from '../../contract/entry.ts'
import { emptyFleetModel, type FleetModel } from '../../contract/fleet-model.ts'
import type { RuleVersion } from '../../contract/rule-version.ts'
import type { Journal, JournalConsumer } from '../../store/journal/journal.ts'
import type { DetectorRegistry } from '../detectors/registry.ts'
import { createEngine } from '../engine/create-engine.ts'
import type { Engine } from '../engine/engine.ts'
import type { Kinds } from '../files/kinds.ts'
import { validateRuleText } from '../files/load-rules.ts'
import type { Rule } from '../files/rule.ts'
import { RuleFilesError } from '../files/rule-file-problem.ts'

/** What the rules of a stretch of the journal are run with. */
export interface LiveRuleSet {
  engine: Engine
  fleetModel: FleetModel
  /** Since when the lessons hold, ms; undefined while there are none. */
  fleetModelAt?: number
}

export interface CompileOptions {
  kinds: Kinds
  detectors: DetectorRegistry
  onError(error: unknown): void
}

type StoredFleetModel = Pick<FleetModelEntry, 'model' | 'at'>
type RuleTexts = Pick<RuleSetEntry, 'live' | 'shadow'>

/** Under which keys the consumer keeps what is in force, beside the states of devices: no device id has a slash. */
const liveRuleSetKeys = { rules: '/rules', fleetModel: '/lessons' } as const

/**
 * What was in force at the consumer's cursor. A journal from before rules were in it is gone on with by the first ones
 * that stand in it.
 */
export async function loadLiveRuleSet(
  journal: Pick<Journal, 'scan'>,
  consumer: Pick<JournalConsumer<unknown>, 'states' | 'cursor'>,
  options: CompileOptions,
): Promise<LiveRuleSet> {
  const kept = await consumer.states(Object.values(liveRuleSetKeys))
  const rules =
    (kept.get(liveRuleSetKeys.rules) as RuleTexts | undefined) ?? (await findFirstRules(journal, consumer))
  const engine = buildEngine(rules ?? { live: [], shadow: [] }, options)
  const stored = kept.get(liveRuleSetKeys.fleetModel) as StoredFleetModel | undefined
  return stored
    ? { engine, fleetModel: stored.model, fleetModelAt: stored.at }
    : { engine, fleetModel: emptyFleetModel }
}

async function findFirstRules(
  journal: Pick<Journal, 'scan'>,
  consumer: Pick<JournalConsumer<unknown>, 'cursor'>,
): Promise<RuleTexts | undefined> {
  for await (const { entries } of journal.scan('telemetry', await consumer.cursor())) {
    const rules = entries.find((entry) => entry.type === 'rules')
    if (rules !== undefined) return rules
  }
  return undefined
}

/** What is in force after a change, and what the consumer is to keep of it. */
export function applyChange(
  before: LiveRuleSet,
  change: RuleSetEntry | FleetModelEntry,
  options: CompileOptions,
): { inForce: LiveRuleSet; keep: [key: string, value: unknown] } {
  if (change.type === 'lessons') {
    const { model, at } = change
    const kept: StoredFleetModel = { model, at }
    return {
      inForce: { ...before, fleetModel: model, fleetModelAt: at },
      keep: [liveRuleSetKeys.fleetModel, kept],
    }
  }
  const { live, shadow } = change
  const engine = buildEngine(change, options)
  return { inForce: { ...before, engine }, keep: [liveRuleSetKeys.rules, { live, shadow }] }
}

/** The engine of some texts. One that does not fit the kinds (any more) is told and left out: the others go on. */
function buildEngine({ live, shadow }: RuleTexts, { kinds, detectors, onError }: CompileOptions): Engine {
  const compile = (text: RuleVersion): Rule[] => {
    const { rule, problems } = validateRuleText(text, { kinds, detectors })
    if (rule !== undefined) return [rule.rule]
    onError(new RuleFilesError(problems))
    return []
  }
  return createEngine({
    kinds,
    rules: live.flatMap(compile),
    shadow: shadow.flatMap((text) => compile(text).map((rule) => ({ rule, since: text.trialStartedAt }))),
  })
}
