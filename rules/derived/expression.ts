import { type ASTNode, Environment, ParseError } from '@marcbachmann/cel-js'
import { unknownName } from '../files/parse-yaml.ts'

/** A formula over metrics. */
export interface Expression {
  /** The metrics that it needs. */
  inputs: readonly string[]
  /** @param values with all inputs. The result may be infinite or no number, as after a division by zero. */
  evaluate(values: Readonly<Record<string, number>>): number
}

export type ReadExpression =
  | { is: 'expression'; expression: Expression }
  | { is: 'wrong'; message: string; hint?: string }

export const mostCharacters = 500
const limits = { maxAstNodes: 100, maxDepth: 20 }

/** What an expression can call; all arguments are numbers. */
const functions: Readonly<Record<string, (...numbers: number[]) => number>> = {
  'abs(double)': Math.abs,
  'exp(double)': Math.exp,
  'ln(double)': Math.log,
  'max(double, double)': Math.max,
  'min(double, double)': Math.min,
  'pow(double, double)': Math.pow,
  'sqrt(double)': Math.sqrt,
}
const functionNames = Object.keys(functions).map((signature) => signature.replace(/\(.*/, ''))

const operators: readonly string[] = ['+', '-', '*', '/', '<', '<=', '>', '>=', '==', '!=', '?:', '&&', '||']
const signs: readonly string[] = ['-_', '!_']

/**
 * Reads a CEL expression over some metrics, all of which are doubles. Whole numbers are numbers as any other here:
 * `5 / 2` is 2.5.
 */
export function readExpression(text: string, metrics: readonly string[]): ReadExpression {
  if (text.length > mostCharacters) {
    return { is: 'wrong', message: `it has ${text.length} characters`, hint: `at most ${mostCharacters}` }
  }
  try {
    const tree = new Environment({ limits }).parse(text).ast
    const parts: Parts = { names: new Set(), wholeNumbers: [] }
    const refused = takeApart(tree, parts)
    if (refused) return { is: 'wrong', ...refused }
    const inputs = [...parts.names]
    const unknown = inputs.find((name) => !metrics.includes(name))
    if (unknown !== undefined) return { is: 'wrong', ...unknownName('metric', unknown, metrics) }
    return typed(withDoubles(text, parts.wholeNumbers), inputs)
  } catch (error) {
    if (error instanceof ParseError) return { is: 'wrong', message: `it cannot be read: ${error.summary}` }
    throw error
  }
}

interface Parts {
  names: Set<string>
  wholeNumbers: { start: number; end: number; value: bigint }[]
}

interface Refusal {
  message: string
  hint: string
}

/** Collects the parts of an expression. @returns what it may not contain */
function takeApart(node: ASTNode, parts: Parts): Refusal | undefined {
  if (node.op === 'id') {
    parts.names.add(node.args)
    return undefined
  }
  if (node.op === 'value') {
    if (typeof node.args === 'bigint') parts.wholeNumbers.push({ ...node.range, value: node.args })
    return typeof node.args === 'bigint' || typeof node.args === 'number' ? undefined : refusal(node)
  }
  if (node.op === 'call') {
    const [name, args] = node.args
    if (!functionNames.includes(name)) {
      const { message, hint = '' } = unknownName('function', name, functionNames)
      return { message, hint }
    }
    return firstRefusal(args, parts)
  }
  if (signs.includes(node.op)) return takeApart(node.args as ASTNode, parts)
  if (operators.includes(node.op)) return firstRefusal(node.args as ASTNode[], parts)
  return refusal(node)
}

function firstRefusal(nodes: readonly ASTNode[], parts: Parts): Refusal | undefined {
  for (const node of nodes) {
    const refused = takeApart(node, parts)
    if (refused) return refused
  }
  return undefined
}

function refusal({ input, range }: ASTNode): Refusal {
  return {
    message: `"${input.slice(range.start, range.end)}" is not for numbers`,
    hint: `allowed: numbers, metrics, ${operators.join(' ')} and ${functionNames.join(', ')}`,
  }
}

function withDoubles(text: string, wholeNumbers: Parts['wholeNumbers']): string {
  const fromTheEnd = wholeNumbers.toSorted((a, b) => b.start - a.start)
  return fromTheEnd.reduce(
    (before, { start, end, value }) => `${before.slice(0, start)}${value}.0${before.slice(end)}`,
    text,
  )
}

function typed(text: string, inputs: readonly string[]): ReadExpression {
  const environment = new Environment({ limits })
  for (const [signature, calculate] of Object.entries(functions)) {
    environment.registerFunction(`${signature}: double`, calculate)
  }
  for (const name of inputs) environment.registerVariable(name, 'double')
  const formula = environment.parse(text)
  const { valid, type, error } = formula.check()
  if (!valid) return { is: 'wrong', message: `it does not fit together: ${error?.message.split('\n')[0]}` }
  if (type !== 'double') return { is: 'wrong', message: `it gives a ${type}`, hint: 'it must give a number' }
  return { is: 'expression', expression: { inputs, evaluate: (values) => formula(values) } }
}
