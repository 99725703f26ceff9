import { z } from 'zod'
import type { Evidence } from '../../contract/finding.ts'
import { durationSchema } from '../files/duration.ts'
import type { ConfigProblem } from '../files/rule-file-problem.ts'
import type {
  Assessment,
  ConfigContext,
  ConfiguredDetector,
  Detector,
  EvaluationContext,
  Evaluator,
  Sample,
} from './detector.ts'

/** Detector within `all` or `any`, with its own `clear`. */
export interface SubDetector {
  detector: ConfiguredDetector
  clear: number | undefined
}

interface SubDetectorState {
  memory: unknown
  assessment: Assessment
  /** Event time of the newest evaluated sample. */
  assessedAt: number | undefined
}

type CompositeState = SubDetectorState[]

export interface CompositeOperator {
  name: string
  /** Whether it needs the metrics of all of its detectors. */
  needsAll: boolean
  /** Combine the assessments of the detectors into one. */
  combineAssessments(verdicts: readonly Assessment[]): Assessment
}

const maxSubDetectors = 6
/** Expected intervals without a reading before it counts as a gap. */
const defaultValidIntervals = 3

const compositeConfigSchema = (part: z.ZodType<SubDetector>) =>
  z.strictObject({
    of: z
      .array(part)
      .min(2)
      .max(maxSubDetectors)
      .describe('Detectors, each with its settings and where it needs one its own `clear`.'),
    within: durationSchema
      .optional()
      .describe(
        'How long the assessment of a part is valid. Without it: three expected intervals of the kind.',
      ),
  })

type CompositeConfig = z.infer<ReturnType<typeof compositeConfigSchema>>

/**
 * Create a detector that combines others, each with its own metrics and state.
 * @param indicatesFailure applied to the evidence of any detector that can be combined
 */
export function createCompositeDetector(
  { name, needsAll, combineAssessments }: CompositeOperator,
  part: z.ZodType<SubDetector>,
  indicatesFailure: Detector['indicatesFailure'],
): Detector<CompositeConfig> {
  return {
    name,
    // Its detectors have their own settings.
    stricter: {},
    indicatesFailure(evidence, at) {
      const spoke = leadingPart(evidence)
      return spoke !== undefined && indicatesFailure(spoke, at)
    },
    config: compositeConfigSchema(part),
    validate: (config, context) => validateComposite(name, config, context),
    createEvaluator(config, context): Evaluator<CompositeState> {
      const holdsMs = config.within ?? defaultValidIntervals * context.kind.expectedIntervalMs
      const watches = config.of.map(({ detector, clear }, index) =>
        detector.createEvaluator({ ...context, clear, path: [...context.path, 'of', index] }),
      )
      const combine = (memory: CompositeState, now: number): Assessment =>
        combineAssessments(
          memory.map((part, index) => assessmentIfValid(part, watches[index], now - holdsMs)),
        )
      const watch = createCompositeEvaluator({ name, needsAll }, watches, combine)
      const waits = watches.some(({ onTick }) => onTick !== undefined)
      return waits
        ? { ...watch, onTick: tickSubDetectors(watches, combine), wakesAt: earliestWakesAt(watches) }
        : watch
    },
  }
}

/** Return the detector whose evidence the composite's finding repeats. */
function leadingPart({ parts = [], ...whole }: Evidence): Evidence | undefined {
  const isSame = (part: Evidence) =>
    part.metric === whole.metric && part.value === whole.value && part.lastSeen === whole.lastSeen
  return parts.find((part) => isSame(part) && part.limit === whole.limit) ?? parts.find(isSame) ?? parts[0]
}

/** Drop an assessment older than `since`, unless the detector also evaluates on ticks. */
function assessmentIfValid(
  { assessment, assessedAt }: SubDetectorState,
  watch: Evaluator<unknown> | undefined,
  since: number,
): Assessment {
  const isOld = watch?.onTick === undefined && (assessedAt === undefined || assessedAt < since)
  return isOld ? { is: 'unknown' } : assessment
}

type CombineStates = (memory: CompositeState, now: number) => Assessment

function createCompositeEvaluator(
  { name, needsAll }: Pick<CompositeOperator, 'name' | 'needsAll'>,
  watches: readonly Evaluator<unknown>[],
  combine: CombineStates,
): Evaluator<CompositeState> {
  return {
    metrics: [...new Set(watches.flatMap(({ metrics }) => metrics))],
    ...(watches.every(({ reads }) => reads !== undefined)
      ? { reads: watches.flatMap(({ reads }) => reads ?? []) }
      : {}),
    ...(needsAll ? { inputs: watches.flatMap(({ inputs, metrics }) => inputs ?? [metrics]) } : {}),
    stateKey: `${name} [${watches.map(({ stateKey }) => stateKey).join('; ')}]`,
    createMemory: () =>
      watches.map((watch) => ({
        memory: watch.createMemory(),
        assessment: { is: 'unknown' },
        assessedAt: undefined,
      })),
    onSample(memory, sample, context) {
      for (const [index, part] of memory.entries()) updateSubDetector(part, watches[index], sample, context)
      return combine(memory, sample.ts)
    },
    evidence(memory, circumstances) {
      const parts = watches.map((watch, index) => watch.evidence(memory[index]?.memory, circumstances))
      const bad = memory.findIndex(({ assessment }) => assessment.is === 'bad')
      return { points: [], ...parts[Math.max(0, bad)], detector: name, parts }
    },
  }
}

function tickSubDetectors(
  watches: readonly Evaluator<unknown>[],
  combine: CombineStates,
): NonNullable<Evaluator<CompositeState>['onTick']> {
  return (memory, now, context) => {
    let isChanged = false
    for (const [index, part] of memory.entries()) {
      const tick = watches[index]?.onTick?.(part.memory, now, context)
      if (tick === undefined) continue
      isChanged ||= tick.isChanged || JSON.stringify(tick.assessment) !== JSON.stringify(part.assessment)
      part.assessment = tick.assessment
    }
    return { assessment: combine(memory, now.at), isChanged }
  }
}

/** Pass a sample to the detectors of its metrics; a late sample updates their memory, not the present assessment. */
function updateSubDetector(
  part: SubDetectorState,
  watch: Evaluator<unknown> | undefined,
  sample: Sample,
  context: EvaluationContext,
): void {
  if (!watch?.metrics.some((metric) => sample.values[metric] !== undefined)) return
  const assessment = watch.onSample(part.memory, sample, context)
  if (sample.ts <= (part.assessedAt ?? Number.NEGATIVE_INFINITY)) return
  part.assessment = assessment
  part.assessedAt = sample.ts
}

function earliestWakesAt(
  watches: readonly Evaluator<unknown>[],
): NonNullable<Evaluator<CompositeState>['wakesAt']> {
  return (memory, circumstances) =>
    Math.min(
      ...watches.map(({ onTick, wakesAt }, index) => {
        const { memory: own, assessment } = memory[index] ?? {}
        if (onTick === undefined) return Number.POSITIVE_INFINITY
        if (assessment?.is === 'bad') return Number.NEGATIVE_INFINITY
        return wakesAt?.(own, circumstances) ?? Number.NEGATIVE_INFINITY
      }),
    )
}

function validateComposite(name: string, { of }: CompositeConfig, context: ConfigContext): ConfigProblem[] {
  const problems = of.flatMap(({ detector, clear }, index) => {
    const path = [...context.path, 'of', index]
    return detector
      .validate({ ...context, clear, path })
      .map((problem) => (problem.path[0] === 'clear' ? { ...problem, path: [...path, 'clear'] } : problem))
  })
  if (context.clear !== undefined) {
    const hint = 'give it to the parts, beside their detector'
    problems.push({ path: ['clear'], message: `${name} has no clear:`, hint })
  }
  return problems
}
