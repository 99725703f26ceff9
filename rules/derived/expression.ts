import { type ASTNode, Environment, ParseError } from '@marcbachmann/cel-js'
import { unknownNameProblem } from '../files/parse-yaml.ts'

/** A formula over metrics. */
export interface Expression {
  /** The metrics that it needs. */
  inputs: readonly string[]
  /** @param values with all inputs. The result may be infinite or no number, as after a division by zero. */
  evaluate(values: Readonly<Record<string, number>>): number
}

export type ParsedExpression =
  | { is: 'expression'; expression: Expression }
  | { is: 'wrong'; message: string; hint?: string }

export const maxCharacters = 500
const parserLimits = { maxAstNodes: 100, maxDepth: 20 }

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
const unaryOperators: readonly string[] = ['-_', '!_']

/**
 * Read a CEL expression over some metrics, all of which are doubles. Whole numbers are numbers as any other here:
 * `5 / 2` is 2.5.
 */
export function parseExpression(text: string, metrics: readonly string[]): ParsedExpression {
  if (text.length > maxCharacters) {
    return { is: 'wrong', message: `it has ${text.length} characters`, hint: `at most ${maxCharacters}` }
  }
  try {
    const tree = new Environment({ limits: parserLimits }).parse(text).ast
    const parts: CollectedTokens = { names: new Set(), wholeNumbers: [] }
    const refused = collectTokens(tree, parts)
    if (refused) return { is: 'wrong', ...refused }
    const inputs = [...parts.names]
    const unknown = inputs.find((name) => !metrics.includes(name))
    if (unknown !== undefined) return { is: 'wrong', ...unknownNameProblem('metric', unknown, metrics) }
    return compileTyped(toDoubleLiterals(text, parts.wholeNumbers), inputs)
  } catch (error) {
    if (error instanceof ParseError) return { is: 'wrong', message: `it cannot be read: ${error.summary}` }
    throw error
  }
}

interface CollectedTokens {
  names: Set<string>
  wholeNumbers: { start: number; end: number; value: bigint }[]
}

interface UnsupportedSyntax {
  message: string
  hint: string
}

/** Collect the parts of an expression. @returns what it may not contain */
function collectTokens(node: ASTNode, parts: CollectedTokens): UnsupportedSyntax | undefined {
  if (node.op === 'id') {
    parts.names.add(node.args)
    return undefined
  }
  if (node.op === 'value') {
    if (typeof node.args === 'bigint') parts.wholeNumbers.push({ ...node.range, value: node.args })
    return typeof node.args === 'bigint' || typeof node.args === 'number'
      ? undefined
      : unsupportedSyntax(node)
  }
  if (node.op === 'call') {
    const [name, args] = node.args
    if (!functionNames.includes(name)) {
      const { message, hint = '' } = unknownNameProblem('function', name, functionNames)
      return { message, hint }
    }
    return collectAllTokens(args, parts)
  }
  if (unaryOperators.includes(node.op)) return collectTokens(node.args as ASTNode, parts)
  if (operators.includes(node.op)) return collectAllTokens(node.args as ASTNode[], parts)
  return unsupportedSyntax(node)
}

function collectAllTokens(nodes: readonly ASTNode[], parts: CollectedTokens): UnsupportedSyntax | undefined {
  for (const node of nodes) {
    const refused = collectTokens(node, parts)
    if (refused) return refused
  }
  return undefined
}

function unsupportedSyntax({ input, range }: ASTNode): UnsupportedSyntax {
  return {
    message: `"${input.slice(range.start, range.end)}" is not for numbers`,
    hint: `allowed: numbers, metrics, ${operators.join(' ')} and ${functionNames.join(', ')}`,
  }
}

function toDoubleLiterals(text: string, wholeNumbers: CollectedTokens['wholeNumbers']): string {
  const fromTheEnd = wholeNumbers.toSorted((a, b) => b.start - a.start)
  return fromTheEnd.reduce(
    (before, { start, end, value }) => `${before.slice(0, start)}${value}.0${before.slice(end)}`,
    text,
  )
}

function compileTyped(text: string, inputs: readonly string[]): ParsedExpression {
  const environment = new Environment({ limits: parserLimits })
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
