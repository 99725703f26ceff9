import { z } from 'zod'
import type { SourcePosition } from '../../lib/yaml-source.ts'
import { type Derivation, derivationsOf } from '../derived/derivation.ts'
import { limitsOf, qualityKeys, type SensorLimits } from '../quality/limits.ts'
import { duration } from './duration.ts'
import { parseYaml } from './parse-yaml.ts'
import { inOrder, type Problem, RuleFilesError } from './problem.ts'
import { readYamlFiles, type TextFile } from './read-folder.ts'

const name = z.string().regex(/^[a-z][a-z0-9_]*$/, 'it must be a name such as main_brush_motor')

const metricKeys = {
  /** UCUM code, case sensitive: `Cel`, `r/min`, `[g]`. */
  unit: z.string().min(1),
  range: z
    .tuple([z.number(), z.number()])
    .refine(([least, most]) => least < most, 'the first number must be below the second'),
  worse: z.enum(['lower', 'higher']).optional(),
  description: z.string().optional(),
}

const kindFile = z.strictObject({
  kind: name,
  expected_interval: duration,
  lateness: duration.default(0),
  components: z.array(name).min(1),
  metrics: z.record(name, z.strictObject({ ...metricKeys, quality: qualityKeys.optional() })),
  derived: z
    .record(name, z.strictObject({ ...metricKeys, cel: z.string(), otherwise: name.optional() }))
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
    const read = readKind(textFile)
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

type ReadKind = { kind: Kind; nameAt: SourcePosition } | { kind?: undefined; problems: Problem[] }

function readKind({ file, text }: TextFile): ReadKind {
  const parsed = parseYaml(file, text, kindFile)
  if (parsed.is === 'wrong') return { problems: parsed.problems }
  const { value, source } = parsed
  const { derivations, problems } = derivationsOf(Object.keys(value.metrics), value.derived)
  if (problems.length === 0) return { kind: toKind(value, derivations), nameAt: source.valueAt(['kind']) }
  const placed = problems.map(({ path, part, ...what }) => ({
    ...(part === 'key' ? source.keyAt(path) : source.valueAt(path)),
    ...what,
  }))
  return { problems: inOrder(placed) }
}

function toKind(file: z.infer<typeof kindFile>, derivations: readonly Derivation[]): Kind {
  const watched = Object.entries(file.metrics).flatMap(([name, metric]) =>
    metric.quality ? [[name, limitsOf(metric.quality, metric)] as const] : [],
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
