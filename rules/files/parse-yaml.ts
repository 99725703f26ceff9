import { z } from 'zod'
import { didYouMean } from '../../lib/did-you-mean.ts'
import { readYaml, type YamlSource } from '../../lib/yaml-source.ts'
import { inOrder, type Problem } from './problem.ts'

type Issue = z.core.$ZodIssue

export type Parsed<T> = { is: 'value'; value: T; source: YamlSource } | { is: 'wrong'; problems: Problem[] }

/** Reads YAML and checks it against a schema. Every problem has its place in the text. */
export function parseYaml<T>(file: string, text: string, schema: z.ZodType<T>): Parsed<T> {
  const source = readYaml(file, text)
  if (source.syntax.length > 0) {
    return { is: 'wrong', problems: source.syntax.map(({ at, message }) => ({ ...at, message })) }
  }
  const result = schema.safeParse(source.value ?? {}, { reportInput: true })
  if (result.success) return { is: 'value', value: result.data, source }
  const problems = result.error.issues.flatMap((issue) => toProblems(issue, schema, source))
  return { is: 'wrong', problems: inOrder(problems) }
}

function toProblems(issue: Issue, schema: z.ZodType, source: YamlSource): Problem[] {
  if (issue.code === 'unrecognized_keys') {
    const allowed = keysAllowedAt(schema, issue.path)
    return issue.keys.map((key) => ({
      ...source.keyAt([...issue.path, key]),
      ...unknownName('key', key, allowed),
    }))
  }
  const name = issue.path.map(String).join('.')
  return [{ ...source.valueAt(issue.path), ...explain(name || 'the file', issue) }]
}

/** What to say of a name that does not exist, among those that do. */
export function unknownName(
  what: string,
  name: string,
  allowed: readonly string[],
): Pick<Problem, 'message' | 'hint'> {
  const meant = didYouMean(name, allowed)
  const list = `allowed: ${allowed.join(', ')}`
  return {
    message: `unknown ${what} "${name}"`,
    hint: meant === undefined ? list : `did you mean "${meant}"? ${list}`,
  }
}

function explain(name: string, issue: Issue): Pick<Problem, 'message' | 'hint'> {
  if (issue.input === undefined && issue.code !== 'custom') {
    return { message: `${name} is missing`, hint: allowedBy(issue) }
  }
  if (issue.code === 'invalid_value') {
    return unknownName(`value of ${name}`, String(issue.input), issue.values.map(String))
  }
  if (issue.code === 'custom') return { message: `${name}: ${issue.message}` }
  return { message: `${name} is ${JSON.stringify(issue.input)}`, hint: allowedBy(issue) }
}

function allowedBy(issue: Issue): string {
  switch (issue.code) {
    case 'invalid_type':
      return `it must be ${article(issue.expected)}`
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

const plain: Readonly<Record<string, string>> = {
  object: 'a mapping',
  record: 'a mapping',
  array: 'a list',
  tuple: 'a list',
  int: 'a whole number',
  boolean: 'true or false',
  string: 'a text',
  number: 'a number',
}

const article = (expected: string): string => plain[expected] ?? expected

/** The keys that a schema allows in the mapping at a path; none where it is not a mapping with fixed keys. */
function keysAllowedAt(schema: z.ZodType, path: readonly PropertyKey[]): string[] {
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
  return schema instanceof z.ZodPipe ? unwrap(schema.in) : schema
}
