import { z } from 'zod'
import type { SourcePosition } from '../../lib/yaml-source.ts'
import { type Derivation, parseDerivations } from '../derived/derivation.ts'
import { qualitySchema, type SensorLimits, toSensorLimits } from '../quality/sensor-limits.ts'
import { durationSchema } from './duration.ts'
import { parseYaml } from './parse-yaml.ts'
import { readYamlFiles, type TextFile } from './read-yaml-files.ts'
import { type RuleFileProblem, RuleFilesError, sortByPosition } from './rule-file-problem.ts'

const name = z.string().regex(/^[a-z][a-z0-9_]*$/, 'it must be a name such as main_brush_motor')

const metricSchemaFields = {
  /** UCUM code, case sensitive: `Cel`, `r/min`, `[g]`. */
  unit: z.string().min(1),
  range: z
    .tuple([z.number(), z.number()])
    .refine(([least, most]) => least < most, 'the first number must be below the second'),
  worse: z.enum(['lower', 'higher']).optional(),
  description: z.string().optional(),
}

const kindFileSchema = z.strictObject({
  kind: name,
  expected_interval: durationSchema,
  lateness: durationSchema.default(0),
  components: z.array(name).min(1),
  metrics: z.record(name, z.strictObject({ ...metricSchemaFields, quality: qualitySchema.optional() })),
  derived: z
    .record(name, z.strictObject({ ...metricSchemaFields, cel: z.string(), otherwise: name.optional() }))
    .default({}),
})

interface Metric {
  /** UCUM code. */
  unit: string
  /** Least and most that a sensor can say; anything else is not a measurement. */
  range: readonly [number, number]
  /** Which way a part wears, where the metric tells of wear. */
  worse?: 'lower' | 'higher' | undefined
  description?: string | undefined
  /** Of a derived metric: how it is computed. Devices do not send it. */
  cel?: string
}

/** What is known of all devices of a kind. */
export interface Kind {
  name: string
  /** How often such a device usually sends readings. */
  expectedIntervalMs: number
  /** Readings that overtake each other by less than this are put in order before the rules see them. */
  latenessMs: number
  components: readonly string[]
  /** What its devices measure, and what is derived from that. */
  metrics: ReadonlyMap<string, Metric>
  /** How the derived ones are computed, each after those that it needs. */
  derivations: readonly Derivation[]
  /** Of the metrics whose sensors are watched. */
  sensors: ReadonlyMap<string, SensorLimits>
}

export type Kinds = ReadonlyMap<string, Kind>

/**
 * The device kinds of all YAML files below a folder, by name.
 * @throws RuleFilesError with every problem and its place
 */
export async function loadKinds(folder: string): Promise<Kinds> {
  const kinds = new Map<string, Kind>()
  const { files, problems } = await readYamlFiles([folder])
  for (const textFile of files) {
    const read = parseKind(textFile)
    if (read.kind === undefined) {
      problems.push(...read.problems)
    } else if (kinds.has(read.kind.name)) {
      problems.push({ ...read.nameAt, message: `the kind ${read.kind.name} is defined in another file too` })
    } else {
      kinds.set(read.kind.name, read.kind)
    }
  }
  if (problems.length > 0) throw new RuleFilesError(problems)
  return kinds
}

type ParsedKind = { kind: Kind; nameAt: SourcePosition } | { kind?: undefined; problems: RuleFileProblem[] }

function parseKind({ file, text }: TextFile): ParsedKind {
  const parsed = parseYaml(file, text, kindFileSchema)
  if (parsed.is === 'wrong') return { problems: parsed.problems }
  const { value, source } = parsed
  const { derivations, problems } = parseDerivations(Object.keys(value.metrics), value.derived)
  if (problems.length === 0) return { kind: toKind(value, derivations), nameAt: source.valueAt(['kind']) }
  const placed = problems.map(({ path, target: part, ...what }) => ({
    ...(part === 'key' ? source.keyAt(path) : source.valueAt(path)),
    ...what,
  }))
  return { problems: sortByPosition(placed) }
}

function toKind(file: z.infer<typeof kindFileSchema>, derivations: readonly Derivation[]): Kind {
  const watched = Object.entries(file.metrics).flatMap(([name, metric]) =>
    metric.quality ? [[name, toSensorLimits(metric.quality, metric)] as const] : [],
  )
  return {
    name: file.kind,
    expectedIntervalMs: file.expected_interval,
    latenessMs: file.lateness,
    components: file.components,
    metrics: new Map<string, Metric>([...Object.entries(file.metrics), ...Object.entries(file.derived)]),
    derivations,
    sensors: new Map(watched),
  }
}
