import { z } from 'zod'
import type { SourcePosition } from '../../lib/yaml-source.ts'
import { type Derivation, parseDerivations } from '../derived/derivation.ts'
import { type SensorLimits, toSensorLimits } from '../quality/sensor-limits.ts'
import { validateWaveforms } from '../waveforms/validate-waveforms.ts'
import { type Feature, type Waveform, waveformSchema } from '../waveforms/waveform-schema.ts'
import { durationSchema } from './duration.ts'
import { metricSchema, rangeSchema, type ServiceSign, servicedSchema } from './metric-schema.ts'
import { parseYaml, unknownNameProblem } from './parse-yaml.ts'
import { readYamlLayers, type TextFile } from './read-yaml-files.ts'
import {
  type ConfigProblem,
  type RuleFileProblem,
  RuleFilesError,
  sortByPosition,
} from './rule-file-problem.ts'

const name = z.string().regex(/^[a-z][a-z0-9_]*$/, 'it must be a name such as main_brush_motor')

/** A name, or the beginning of names before `*`. */
const namePattern = z
  .string()
  .regex(/^[^*]+\*?$/, 'it must be a name, or the beginning of names such as debug_*')

const kindFileSchema = z.strictObject({
  kind: name,
  expected_interval: durationSchema,
  lateness: durationSchema.default(0),
  components: z.array(name).min(1),
  metrics: z.record(name, metricSchema),
  waveforms: z.record(name, waveformSchema).default({}),
  unknown: z.enum(['report', 'quarantine']).default('report'),
  ignore: z.array(namePattern).default([]),
  derived: z
    .record(
      name,
      z.strictObject({
        unit: z.string().min(1),
        range: rangeSchema,
        worse: z.enum(['lower', 'higher']).optional(),
        serviced: servicedSchema.optional(),
        description: z.string().optional(),
        cel: z.string(),
        otherwise: name.optional(),
      }),
    )
    .default({}),
})

export interface Metric {
  /** UCUM code. */
  unit: string
  /** Least and greatest possible value of a sensor; anything else is not a measurement. */
  range: readonly [number, number]
  /** Direction in which wear moves the metric; absent for metrics that do not show wear. */
  worse?: 'lower' | 'higher' | undefined
  serviced?: ServiceSign | undefined
  description?: string | undefined
  /** Of a measured metric: type of the values that devices send. They are stored as numbers. */
  type?: 'number' | 'boolean' | 'enum'
  /** Of an enumerated metric: the number of each value. */
  numbers?: ReadonlyMap<string, number>
  /** Whether devices may send a number as text. */
  acceptsText?: boolean
  /** Formula of a derived metric, in CEL. Devices do not send it. */
  cel?: string
  /** Feature of a waveform, of which the metric is computed where a device does not send it itself. */
  from?: Feature | undefined
}

/** Device kind: components, metrics and sensor limits of all its devices. */
export interface Kind {
  name: string
  /** Usual interval between readings of a device, ms. */
  expectedIntervalMs: number
  /** Allowed lateness, ms: readings out of order by less than this are reordered before the rules see them. */
  latenessMs: number
  components: readonly string[]
  /** Measured and derived metrics, by name. */
  metrics: ReadonlyMap<string, Metric>
  /** What devices send as arrays of samples, by name; only metrics from it are stored. */
  waveforms: ReadonlyMap<string, Waveform>
  /** What becomes of values of metrics that the kind does not have: reported once per device and metric, or quarantined. */
  unknown: 'report' | 'quarantine'
  /** Names, or beginnings of names before `*`, of metrics that are left out without a report. */
  ignore: readonly string[]
  /** Derived metrics, each after those that it uses. */
  derivations: readonly Derivation[]
  /** Limits of the metrics whose sensors are checked, by metric. */
  sensors: ReadonlyMap<string, SensorLimits>
  /** How services show that were not reported, by metric. */
  serviceSigns: ReadonlyMap<string, ServiceSign>
}

export type Kinds = ReadonlyMap<string, Kind>

/** Device kinds with the files that define them. */
export interface LoadedKinds {
  kinds: Kinds
  files: readonly TextFile[]
}

/**
 * Load the device kinds of all YAML files below some folders, by name. A kind of a later folder replaces the kind of the
 * same name in an earlier one.
 * @throws RuleFilesError with every problem and its position
 */
export async function loadKinds(...folders: string[]): Promise<Kinds> {
  return (await readKinds(folders)).kinds
}

/** Load the device kinds of some folders as `loadKinds` does, with their files. @throws RuleFilesError */
export async function readKinds(folders: readonly string[]): Promise<LoadedKinds> {
  const { layers, problems } = await readYamlLayers(folders, 'kind')
  const files = layers.flat()
  const parsed = parseKinds(files)
  if (problems.length + parsed.problems.length > 0) {
    throw new RuleFilesError([...problems, ...parsed.problems])
  }
  return { kinds: parsed.kinds, files }
}

/** Parse kind files, each of another kind. @returns the valid kinds, and the problems of the others */
export function parseKinds(files: readonly TextFile[]): { kinds: Kinds; problems: RuleFileProblem[] } {
  const kinds = new Map<string, Kind>()
  const problems: RuleFileProblem[] = []
  for (const textFile of files) {
    const parsed = parseKind(textFile)
    if (parsed.kind === undefined) {
      problems.push(...parsed.problems)
    } else if (kinds.has(parsed.kind.name)) {
      problems.push({
        ...parsed.namePosition,
        message: `the kind ${parsed.kind.name} is also defined in another file; rename one`,
      })
    } else {
      kinds.set(parsed.kind.name, parsed.kind)
    }
  }
  return { kinds, problems }
}

type ParsedKind =
  | { kind: Kind; namePosition: SourcePosition }
  | { kind?: undefined; problems: RuleFileProblem[] }

function parseKind({ file, text }: TextFile): ParsedKind {
  const parsed = parseYaml({ file, text }, kindFileSchema)
  if (parsed.is === 'invalid') return { problems: parsed.problems }
  const { value, source } = parsed
  const { derivations, problems } = parseDerivations(Object.keys(value.metrics), value.derived)
  problems.push(...validateServiceSigns(value), ...validateWaveforms(value))
  if (problems.length === 0)
    return { kind: toKind(value, derivations), namePosition: source.valueAt(['kind']) }
  const located = problems.map(({ path, target, ...problem }) => ({
    ...(target === 'key' ? source.keyAt(path) : source.valueAt(path)),
    ...problem,
  }))
  return { problems: sortByPosition(located) }
}

function validateServiceSigns({
  components,
  metrics,
  derived,
}: z.infer<typeof kindFileSchema>): ConfigProblem[] {
  const sections = { metrics, derived } as const
  return (['metrics', 'derived'] as const).flatMap((section) =>
    Object.entries(sections[section]).flatMap(([metric, { serviced, worse }]): ConfigProblem[] => {
      if (serviced === undefined) return []
      const path = [section, metric, 'serviced']
      if (worse !== 'higher') {
        const message = `${metric} has serviced:, which is a fall`
        return [{ path, message, hint: 'only a metric with worse: higher can have it' }]
      }
      if (components.includes(serviced.component)) return []
      return [
        { path: [...path, 'component'], ...unknownNameProblem('component', serviced.component, components) },
      ]
    }),
  )
}

function toKind(file: z.infer<typeof kindFileSchema>, derivations: readonly Derivation[]): Kind {
  const sensors = Object.entries(file.metrics).flatMap(([name, metric]) =>
    metric.quality ? [[name, toSensorLimits(metric.quality, metric)] as const] : [],
  )
  return {
    name: file.kind,
    expectedIntervalMs: file.expected_interval,
    latenessMs: file.lateness,
    components: file.components,
    metrics: new Map<string, Metric>([...Object.entries(file.metrics), ...Object.entries(file.derived)]),
    waveforms: new Map(Object.entries(file.waveforms)),
    unknown: file.unknown,
    ignore: file.ignore,
    derivations,
    sensors: new Map(sensors),
    serviceSigns: new Map(
      [...Object.entries(file.metrics), ...Object.entries(file.derived)].flatMap(([name, { serviced }]) =>
        serviced === undefined ? [] : [[name, serviced] as const],
      ),
    ),
  }
}
