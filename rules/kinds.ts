import { z } from 'zod'
import { duration } from './files/duration.ts'
import { parseYaml } from './files/parse-yaml.ts'
import { RuleFilesError } from './files/problem.ts'
import { readYamlFiles } from './files/read-folder.ts'

const name = z.string().regex(/^[a-z][a-z0-9_]*$/, 'it must be a name such as main_brush_motor')

const metric = z.strictObject({
  /** UCUM code, case sensitive: `Cel`, `r/min`, `[g]`. */
  unit: z.string().min(1),
  range: z
    .tuple([z.number(), z.number()])
    .refine(([least, most]) => least < most, 'the first number must be below the second'),
  worse: z.enum(['lower', 'higher']).optional(),
  description: z.string().optional(),
})

const kindFile = z.strictObject({
  kind: name,
  expected_interval: duration,
  components: z.array(name).min(1),
  metrics: z.record(name, metric),
})

export interface Metric {
  /** UCUM code. */
  unit: string
  /** Least and most that a sensor can say; anything else is not a measurement. */
  range: readonly [number, number]
  /** Which way a part wears, where the metric tells of wear. */
  worse?: 'lower' | 'higher' | undefined
  description?: string | undefined
}

/** What is known of all devices of a kind. */
export interface Kind {
  name: string
  /** How often such a device usually sends readings. */
  expectedIntervalMs: number
  components: readonly string[]
  metrics: ReadonlyMap<string, Metric>
}

export type Kinds = ReadonlyMap<string, Kind>

/**
 * The device kinds of all YAML files below a folder, by name.
 * @throws RuleFilesError with every problem and its place
 */
export async function loadKinds(folder: string): Promise<Kinds> {
  const kinds = new Map<string, Kind>()
  const { files, problems } = await readYamlFiles([folder])
  for (const { file, text } of files) {
    const parsed = parseYaml(file, text, kindFile)
    if (parsed.is === 'wrong') {
      problems.push(...parsed.problems)
    } else if (kinds.has(parsed.value.kind)) {
      const message = `the kind ${parsed.value.kind} is defined in another file too`
      problems.push({ ...parsed.source.valueAt(['kind']), message })
    } else {
      kinds.set(parsed.value.kind, toKind(parsed.value))
    }
  }
  if (problems.length > 0) throw new RuleFilesError(problems)
  return kinds
}

function toKind({ kind, expected_interval, components, metrics }: z.infer<typeof kindFile>): Kind {
  return {
    name: kind,
    expectedIntervalMs: expected_interval,
    components,
    metrics: new Map(Object.entries(metrics)),
  }
}
