import { z } from 'zod'
import type { Evidence } from '../../contract/finding.ts'
import { presentDetectorName } from '../files/former-names.ts'
import { createRuleFileSchema, type RuleFileSchema } from '../files/rule-schema.ts'
import { all } from './all/all.ts'
import { any } from './any/any.ts'
import { createCompositeDetector, type SubDetector } from './composite.ts'
import type { ConfigContext, ConfiguredDetector, Detector, StricterValues } from './detector.ts'
import { shippedDetectors } from './shipped.ts'

/** Registry of the detectors that rules may name, with the rule schema. */
export interface DetectorRegistry {
  /** Names, in the order in which error messages list them. */
  readonly names: readonly string[]
  /** Schema of a rule file whose `detect:` names exactly one of these detectors. */
  readonly ruleFileSchema: RuleFileSchema
  /** Return a detector by its name. */
  get(name: string): Detector | undefined
  /** Return whether a finding says that its part has already failed, see `Detector.indicatesFailure`. */
  indicatesFailure(evidence: Evidence, at: number): boolean
  /** Return a detector's settings that can be made stricter, by key; none for an unknown detector. */
  stricterSettings(name: string): Readonly<Record<string, StricterValues>>
}

const operators = [all, any]

/** Name of the evidence of a sensor fault, which is not a detector: it says nothing about the part. */
const sensorFault = 'sensor'

/** Names that no detector can have: the composites, a key next to a detector, and sensor faults. */
const reservedNames: readonly string[] = [...operators.map(({ name }) => name), 'clear', sensorFault]

/** Return why a detector cannot have a name, given those that are taken; undefined when it can. */
export function detectorNameProblem(name: string, taken: readonly string[]): string | undefined {
  if (!/^[a-z][a-z0-9_]*$/.test(name)) {
    return `the detector name "${name}" is not allowed; use a-z, 0-9 and _, beginning with a letter`
  }
  if (reservedNames.includes(name)) return `the detector name "${name}" is reserved; choose another one`
  return taken.includes(name) ? `there is already a detector "${name}"; choose another name` : undefined
}

/**
 * Create the registry of some detectors and of the composites `all` and `any` over them.
 * @throws TypeError for a name that is not allowed or given twice
 */
export function createDetectorRegistry(detectors: readonly Detector[] = shippedDetectors): DetectorRegistry {
  const simpleNames = detectors.map(({ name }) => name)
  for (const [index, name] of simpleNames.entries()) {
    const problem = detectorNameProblem(name, simpleNames.slice(0, index))
    if (problem !== undefined) throw new TypeError(problem)
  }
  const byName = new Map(detectors.map((detector) => [detector.name, detector]))
  const indicatesFailure = (evidence: Evidence, at: number): boolean => {
    if (evidence.detector === sensorFault) return false
    // The detector is no longer installed, so this is unknown. Counting its finding as early would inflate the figure.
    return byName.get(presentDetectorName(evidence.detector))?.indicatesFailure(evidence, at) ?? true
  }
  const names = [...simpleNames, ...operators.map(({ name }) => name)]
  const compositesOf = (parts: DetectSchemas) =>
    operators.map((operator) =>
      createCompositeDetector(operator, subDetectorSchema(parts, names), indicatesFailure),
    )
  const simple = detectSchemas(detectors)
  // Composites of single detectors, and of such composites: no deeper.
  const composites = compositesOf({ ...simple, ...detectSchemas(compositesOf(simple)) })
  for (const composite of composites) byName.set(composite.name, composite)
  const detectSchema = z
    .strictObject({ ...simple, ...detectSchemas(composites) })
    .transform((detect, context) => exactlyOne(detect, context, names) ?? z.NEVER)
  return {
    names,
    ruleFileSchema: createRuleFileSchema(detectSchema),
    get: (name) => byName.get(name),
    indicatesFailure,
    stricterSettings: (name) => byName.get(name)?.stricter ?? {},
  }
}

type DetectSchemas = Readonly<Record<string, ReturnType<typeof bindConfig>>>

function detectSchemas(detectors: readonly Detector[]): DetectSchemas {
  return Object.fromEntries(detectors.map((detector) => [detector.name, bindConfig(detector)]))
}

function subDetectorSchema(parts: DetectSchemas, names: readonly string[]): z.ZodType<SubDetector> {
  return z
    .strictObject({ ...parts, clear: z.number().optional() })
    .transform((part, context): SubDetector => {
      const { clear, ...detect } = part as Readonly<Record<string, ConfiguredDetector | undefined>> & {
        clear: number | undefined
      }
      const detector = exactlyOne(detect, context, names)
      return detector === undefined ? z.NEVER : { detector, clear }
    })
}

function exactlyOne(
  detect: Readonly<Record<string, ConfiguredDetector | undefined>>,
  context: z.RefinementCtx,
  names: readonly string[],
): ConfiguredDetector | undefined {
  const chosen = Object.values(detect).filter((detector) => detector !== undefined)
  if (chosen.length === 1) return chosen[0]
  const message = `it must name exactly one detector; allowed: ${names.join(', ')}`
  context.issues.push({ code: 'custom', input: detect, message })
  return undefined
}

function bindConfig<C>(detector: Detector<C>) {
  return detector.config
    .transform(
      (config): ConfiguredDetector => ({
        name: detector.name,
        validate: (context) => detector.validate(config, contextBelow(context, detector.name)),
        createEvaluator: (context) => detector.createEvaluator(config, contextBelow(context, detector.name)),
      }),
    )
    .optional()
}

function contextBelow(context: ConfigContext, name: string): ConfigContext {
  return { ...context, path: [...context.path, name] }
}
