import type { FleetModelEntry, KindFile, RuleSetEntry } from '../../contract/entry.ts'
import { emptyFleetModel, type FleetModel } from '../../contract/fleet-model.ts'
import type { Measurements } from '../../contract/measurements.ts'
import type { RuleVersion } from '../../contract/rule-version.ts'
import type { Journal, JournalConsumer } from '../../store/journal/journal.ts'
import type { DetectorRegistry } from '../detectors/registry.ts'
import { createEngine } from '../engine/create-engine.ts'
import type { Engine } from '../engine/engine.ts'
import { withPresentNames } from '../files/former-names.ts'
import { type Kinds, parseKinds } from '../files/kinds.ts'
import { validateRuleText } from '../files/load-rules.ts'
import type { Rule } from '../files/rule.ts'
import { RuleFilesError } from '../files/rule-file-problem.ts'

/** Engine and fleet model that are live at a position of the journal. */
export interface LiveRuleSet {
  engine: Engine
  fleetModel: FleetModel
  /** Time of the fleet model, ms; undefined while there is none. */
  fleetModelAt?: number
}

export interface CompileOptions {
  /** Kinds for rule sets that were stored without them. */
  kinds: Kinds
  detectors: DetectorRegistry
  onError(error: unknown): void
  measurements?: Pick<Measurements, 'detectorCalled'> | undefined
}

type StoredFleetModel = Pick<FleetModelEntry, 'model' | 'at'>
type RuleTexts = Pick<RuleSetEntry, 'live' | 'shadow' | 'kinds'>

/** Keys of the live rule set among the consumer's states of devices; device ids contain no slash. */
const liveRuleSetKeys = { rules: '/rules', fleetModel: '/fleet-model' } as const

/**
 * Load what is live at the consumer's cursor. If no rule set was stored yet, the first one after the cursor is used.
 */
export async function loadLiveRuleSet(
  journal: Pick<Journal, 'scan'>,
  consumer: Pick<JournalConsumer<unknown>, 'states' | 'cursor'>,
  options: CompileOptions,
): Promise<LiveRuleSet> {
  const states = await consumer.states(Object.values(liveRuleSetKeys))
  const rules =
    (states.get(liveRuleSetKeys.rules) as RuleTexts | undefined) ?? (await findFirstRules(journal, consumer))
  const engine = buildEngine(rules ?? { live: [], shadow: [] }, options)
  const stored = states.get(liveRuleSetKeys.fleetModel) as StoredFleetModel | undefined
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

/** Apply a change of the rules or the fleet model. @returns what is live after it, and the state entry to store */
export function applyChange(
  before: LiveRuleSet,
  change: RuleSetEntry | FleetModelEntry,
  options: CompileOptions,
): { liveRuleSet: LiveRuleSet; stateEntry: [key: string, value: unknown] } {
  if (change.type === 'fleet_model') {
    const { model, at } = change
    const stored: StoredFleetModel = { model, at }
    return {
      liveRuleSet: { ...before, fleetModel: model, fleetModelAt: at },
      stateEntry: [liveRuleSetKeys.fleetModel, stored],
    }
  }
  const { live, shadow, kinds } = change
  const engine = buildEngine(change, options)
  const stored: RuleTexts = { live, shadow, ...(kinds && { kinds }) }
  return { liveRuleSet: { ...before, engine }, stateEntry: [liveRuleSetKeys.rules, stored] }
}

/** Build the engine from rule texts. A text that does not (or no longer) fit the kinds is reported and skipped. */
function buildEngine(
  { live, shadow, kinds: kindFiles = [] }: RuleTexts,
  { kinds: presentKinds, detectors, onError, measurements }: CompileOptions,
): Engine {
  const kinds = kindFiles.length === 0 ? presentKinds : parseStoredKinds(kindFiles, onError)
  const compile = (text: RuleVersion): Rule[] => {
    const present = { ...text, text: withPresentNames(text.text) }
    const { rule, problems } = validateRuleText(present, { kinds, detectors })
    if (rule !== undefined) return [{ ...rule.rule, version: text.version }]
    onError(new RuleFilesError(problems))
    return []
  }
  return createEngine({
    kinds,
    measurements,
    rules: live.flatMap(compile),
    shadow: shadow.flatMap((text) => compile(text).map((rule) => ({ rule, since: text.trialStartedAt }))),
  })
}

function parseStoredKinds(files: readonly KindFile[], onError: (error: unknown) => void): Kinds {
  const { kinds, problems } = parseKinds(files)
  if (problems.length > 0) onError(new RuleFilesError(problems))
  return kinds
}
