import type { MissingInput } from '../../../contract/measurements.ts'
import type { Logger } from '../../../lib/logging/logger.ts'
import { type RuleMeasurements, runRulesConsumer } from '../../../rules/consumer/rules-consumer.ts'
import type { DetectorRegistry } from '../../../rules/detectors/registry.ts'
import type { Kinds } from '../../../rules/files/kinds.ts'
import { FleetModelSources } from '../../../rules/fleet-model/fleet-model-sources.ts'
import type { RunningConsumer } from '../../../store/journal/consume.ts'
import { broadcast, type Partitions } from '../../../store/journal/partitions.ts'
import { startRulesThreads } from '../../rules-threads/start-rules-threads.ts'

export interface RuleEvaluationOptions {
  partitions: Partitions
  /** Threads that evaluate the rules; 0: this thread. */
  threads: number
  /** What the threads load by themselves; this thread has it as `kinds` and `detectors`. */
  plugins: readonly string[]
  kindFolders: readonly string[]
  kinds: Kinds
  detectors: DetectorRegistry
  measurements?: RuleMeasurements | undefined
  now(): number
  log: Logger
  signal: AbortSignal
  onError(error: unknown, partition: number): void
}

/** Starts to evaluate the rules over a partition. */
export type EvaluateRules = (partition: number) => Promise<RunningConsumer>

/** Return what evaluates the rules over a partition: in threads of their own, or here. */
export function createRuleEvaluation(options: RuleEvaluationOptions): EvaluateRules {
  const { partitions, threads, log, onError } = options
  const onInputMissing = (missing: MissingInput) => warnOfMissingInput(missing, log)
  if (threads > 0) return startRulesThreads(threads, { ...options, onInputMissing })
  const fleetModelSources = new FleetModelSources(broadcast(partitions))
  return async (partition) => {
    const journal = partitions[partition]
    if (journal === undefined) throw new RangeError(`there is no partition ${partition}`)
    return runRulesConsumer({
      ...options,
      journal,
      partition,
      fleetModelSources,
      onError: (error) => onError(error, partition),
      onInputMissing,
    })
  }
}

/** Log that a rule cannot assess a device. */
export function warnOfMissingInput({ device, rule, metric }: MissingInput, log: Logger): void {
  log.warn(`the rule ${rule} cannot assess ${device}: it never sends ${metric}`, {
    component: 'rules',
    event: 'rule_input_missing',
    device,
    rule,
    metric,
  })
}
