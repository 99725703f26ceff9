import { z } from 'zod'
import { didYouMean } from '../../lib/did-you-mean.ts'
import { parseYamlSource, type YamlSource } from '../../lib/yaml-source.ts'
import type { TextFile } from './read-yaml-files.ts'
import { type RuleFileProblem, sortByPosition } from './rule-file-problem.ts'

type Issue = z.core.$ZodIssue

export type ParsedYaml<T> =
  | { is: 'value'; value: T; source: YamlSource }
  | { is: 'invalid'; problems: RuleFileProblem[] }

/**
 * Parse YAML and validate it with a schema. Every problem has its position in the text.
 * @param formerKeys hints for keys that the schema had before, by key
 */
export function parseYaml<T>(
  { file, text }: TextFile,
  schema: z.ZodType<T>,
  formerKeys: Readonly<Record<string, string>> = {},
): ParsedYaml<T> {
  const source = parseYamlSource(file, text)
  if (source.syntax.length > 0) {
    return { is: 'invalid', problems: source.syntax.map(({ at, message }) => ({ ...at, message })) }
  }
  const result = schema.safeParse(source.value ?? {}, { reportInput: true })
  if (result.success) return { is: 'value', value: result.data, source }
  const problems = result.error.issues.flatMap((issue) => toProblems(issue, schema, { source, formerKeys }))
  return { is: 'invalid', problems: sortByPosition(problems) }
}

interface ProblemContext {
  source: YamlSource
  formerKeys: Readonly<Record<string, string>>
}

function toProblems(
  issue: Issue,
  schema: z.ZodType,
  { source, formerKeys }: ProblemContext,
): RuleFileProblem[] {
  if (issue.code === 'unrecognized_keys') {
    const allowed = allowedKeysAt(schema, issue.path)
    return issue.keys.map((key) => {
      const hint = formerKeys[key]
      return {
        ...source.keyAt([...issue.path, key]),
        ...(hint === undefined
          ? unknownNameProblem('key', key, allowed)
          : { message: `the key "${key}" no longer exists`, hint }),
      }
    })
  }
  const name = issue.path.map(String).join('.')
  return [{ ...source.valueAt(issue.path), ...describeIssue(name || 'the file', issue) }]
}

/** Describe an unknown name, with a similar allowed one as a hint. `what` is its sort, such as "key". */
export function unknownNameProblem(
  what: string,
  name: string,
  allowed: readonly string[],
): Pick<RuleFileProblem, 'message' | 'hint'> {
  const similar = didYouMean(name, allowed)
  const list = `allowed: ${allowed.join(', ')}`
  return {
    message: `unknown ${what} "${name}"`,
    hint: similar === undefined ? list : `did you mean "${similar}"? ${list}`,
  }
}

function describeIssue(name: string, issue: Issue): Pick<RuleFileProblem, 'message' | 'hint'> {
  if (issue.input === undefined && issue.code !== 'custom') {
    return { message: `${name} is missing`, hint: describeConstraint(issue) }
  }
  if (issue.code === 'invalid_value') {
    return unknownNameProblem(`value of ${name}`, String(issue.input), issue.values.map(String))
  }
  if (issue.code === 'custom') return { message: `${name}: ${issue.message}` }
  return { message: `${name} is ${JSON.stringify(issue.input)}`, hint: describeConstraint(issue) }
}

function describeConstraint(issue: Issue): string {
  switch (issue.code) {
    case 'invalid_type':
      return `it must be ${typeNameOf(issue.expected)}`
    case 'invalid_value':
      return `allowed: ${issue.values.map(String).join(', ')}`
    case 'too_small':
      return `it must be ${issue.inclusive === false ? 'more than' : 'at least'} ${issue.minimum}`
    case 'too_big':
      return `it must be ${issue.inclusive === false ? 'less than' : 'at most'} ${issue.maximum}`
    default:
      return issue.message
  }
}

const typeNames: Readonly<Record<string, string>> = {
  object: 'a mapping',
  record: 'a mapping',
  array: 'a list',
  tuple: 'a list',
  int: 'a whole number',
  boolean: 'true or false',
  string: 'a text',
  number: 'a number',
}

const typeNameOf = (expected: string): string => typeNames[expected] ?? expected

/** Return the keys that a schema allows in the mapping at a path; none where it is not a mapping with fixed keys. */
function allowedKeysAt(schema: z.ZodType, path: readonly PropertyKey[]): string[] {
  const node = path.reduce<unknown>((parent, step) => child(unwrap(parent), step), schema)
  const mapping = unwrap(node)
  return mapping instanceof z.ZodObject ? Object.keys(mapping.shape) : []
}

function child(parent: unknown, step: PropertyKey): unknown {
  if (parent instanceof z.ZodObject) return parent.shape[String(step)]
  if (parent instanceof z.ZodArray) return parent.element
  if (parent instanceof z.ZodRecord) return parent.valueType
  return undefined
}

function unwrap(schema: unknown): unknown {
  if (
    schema instanceof z.ZodOptional ||
    schema instanceof z.ZodExactOptional ||
    schema instanceof z.ZodDefault ||
    schema instanceof z.ZodPrefault
  ) {
    return unwrap(schema.unwrap())
  }
  if (!(schema instanceof z.ZodPipe)) return schema
  return unwrap(schema.in instanceof z.ZodTransform ? schema.out : schema.in)
}
