import { type ASTNode, Environment, ParseError } from '@marcbachmann/cel-js'
import { unknownNameProblem } from '../files/parse-yaml.ts'

/** Formula over metrics. */
export interface Expression {
  /** Metrics that it uses. */
  inputs: readonly string[]
  /** Evaluate the formula. @param values with all inputs. The result may be infinite or NaN, as after a division by zero. */
  evaluate(values: Readonly<Record<string, number>>): number
}

export type ParsedExpression =
  | { is: 'expression'; expression: Expression }
  | { is: 'invalid'; message: string; hint?: string }

export const maxCharacters = 500
const parserLimits = { maxAstNodes: 100, maxDepth: 20 }

/** Functions that an expression can call; all arguments are numbers. */
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
 * Parse a CEL expression over metrics, all of which are doubles. Integer literals are converted to doubles:
 * `5 / 2` is 2.5.
 */
export function parseExpression(text: string, metrics: readonly string[]): ParsedExpression {
  if (text.length > maxCharacters) {
    return { is: 'invalid', message: `it has ${text.length} characters`, hint: `at most ${maxCharacters}` }
  }
  try {
    const tree = new Environment({ limits: parserLimits }).parse(text).ast
    const tokens: CollectedTokens = { names: new Set(), integers: [] }
    const unsupported = collectTokens(tree, tokens)
    if (unsupported) return { is: 'invalid', ...unsupported }
    const inputs = [...tokens.names]
    const unknown = inputs.find((name) => !metrics.includes(name))
    if (unknown !== undefined) return { is: 'invalid', ...unknownNameProblem('metric', unknown, metrics) }
    return compileTyped(toDoubleLiterals(text, tokens.integers), inputs)
  } catch (error) {
    if (error instanceof ParseError)
      return { is: 'invalid', message: `it is not a valid expression: ${error.summary}` }
    throw error
  }
}

/** Parse a condition over metrics; as a formula it is 1 where it holds, else 0. */
export function parseCondition(text: string, metrics: readonly string[]): ParsedExpression {
  return parseExpression(`(${text}) ? 1.0 : 0.0`, metrics)
}

interface CollectedTokens {
  names: Set<string>
  integers: { start: number; end: number; value: bigint }[]
}

interface UnsupportedSyntax {
  message: string
  hint: string
}

/** Collect the metrics and integer literals of an expression. @returns the first syntax that is not supported */
function collectTokens(node: ASTNode, tokens: CollectedTokens): UnsupportedSyntax | undefined {
  if (node.op === 'id') {
    tokens.names.add(node.args)
    return undefined
  }
  if (node.op === 'value') {
    if (typeof node.args === 'bigint') tokens.integers.push({ ...node.range, value: node.args })
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
    return collectAllTokens(args, tokens)
  }
  if (unaryOperators.includes(node.op)) return collectTokens(node.args as ASTNode, tokens)
  if (operators.includes(node.op)) return collectAllTokens(node.args as ASTNode[], tokens)
  return unsupportedSyntax(node)
}

function collectAllTokens(nodes: readonly ASTNode[], tokens: CollectedTokens): UnsupportedSyntax | undefined {
  for (const node of nodes) {
    const unsupported = collectTokens(node, tokens)
    if (unsupported) return unsupported
  }
  return undefined
}

function unsupportedSyntax({ input, range }: ASTNode): UnsupportedSyntax {
  return {
    message: `"${input.slice(range.start, range.end)}" is not supported in a formula`,
    hint: `allowed: numbers, metrics, ${operators.join(' ')} and ${functionNames.join(', ')}`,
  }
}

function toDoubleLiterals(text: string, integers: CollectedTokens['integers']): string {
  const lastFirst = integers.toSorted((a, b) => b.start - a.start)
  return lastFirst.reduce(
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
  if (!valid) return { is: 'invalid', message: `the types do not match: ${error?.message.split('\n')[0]}` }
  if (type !== 'double')
    return { is: 'invalid', message: `its result is a ${type}`, hint: 'it must be a number' }
  return { is: 'expression', expression: { inputs, evaluate: (values) => formula(values) } }
}
