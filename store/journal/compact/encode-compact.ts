import { ByteWriter } from './byte-writer.ts'
import { hasTimes, scale, writeTimes, writeValues, zigzag } from './columns.ts'
import { commonTexts } from './common-texts.ts'
import { marker, minColumn, minTime, smallIntegers, tags } from './format.ts'

/** Number of each text: first those that every reader knows. 0 announces a new one. */
const commonNumbers = new Map(commonTexts.map((text, index) => [text, index + 1]))

/** Sequences of keys as a tree, kept from one state to the next: they are much the same in all. */
interface Shape {
  /** Its number in a state. */
  number: number
  /** Number of the state in which it occurred last. */
  state: number
  readonly next: Map<string, Shape>
}

const out = new ByteWriter()
const newNumbers = new Map<string, number>()
const shapes: Shape = { number: 0, state: 0, next: new Map() }
/** Number of the state that is encoded. */
let state = 0
let shapeCount = 0
/** Nodes of the tree. Devices may have metrics of their own in any order, so it does not grow for ever. */
let nodes = 0
const maxNodes = 10_000
/** The next time is near it, ms. */
let lastTime = 0

/**
 * Return plain data (null, undefined, booleans, numbers, texts, arrays, objects) in few bytes; `decodeCompact` returns exactly
 * the same.
 * @throws TypeError for anything else
 */
export function encodeCompact(value: unknown): Uint8Array {
  out.reset()
  newNumbers.clear()
  state += 1
  if (nodes > maxNodes) {
    shapes.next.clear()
    nodes = 0
  }
  shapeCount = 0
  lastTime = 0
  out.byte(marker)
  write(value)
  return out.copy()
}

function write(value: unknown): void {
  if (typeof value === 'number') writeNumber(value)
  else if (typeof value === 'string') {
    out.byte(tags.text)
    writeText(value)
  } else if (typeof value === 'boolean') out.byte(value ? tags.true : tags.false)
  else if (value === undefined) out.byte(tags.undefined)
  else if (value === null) out.byte(tags.null)
  else if (Array.isArray(value)) writeArray(value)
  else if (isPlainObject(value)) writeObject(value)
  else
    throw new TypeError(`a state holds a ${value.constructor?.name ?? typeof value}, which is no plain data`)
}

function writeNumber(value: number): void {
  const hundredths = scale(value, 100)
  if (hundredths === undefined) writeRareNumber(value)
  else if (hundredths % 100 !== 0) {
    out.byte(tags.hundredths)
    out.unsigned(zigzag(hundredths))
  } else if (value >= 0 && value < smallIntegers.count) out.byte(smallIntegers.from + value)
  else if (value < minTime) {
    out.byte(tags.integer)
    out.unsigned(zigzag(value))
  } else {
    out.byte(tags.time)
    out.unsigned(zigzag(value - lastTime))
    lastTime = value
  }
}

function writeRareNumber(value: number): void {
  out.byte(tags.double)
  out.double(value)
}

function writeText(value: string): void {
  const number = commonNumbers.get(value) ?? newNumbers.get(value)
  if (number !== undefined) {
    out.unsigned(number)
    return
  }
  newNumbers.set(value, commonTexts.length + newNumbers.size + 1)
  out.byte(0)
  out.text(value)
}

function writeArray(array: readonly unknown[]): void {
  if (array.length < minColumn || !isNumbers(array)) {
    out.byte(tags.array)
    out.unsigned(array.length)
    for (let i = 0; i < array.length; i++) write(array[i])
    return
  }
  const isSeries = array.length % 2 === 0 && hasTimes(array)
  out.byte(isSeries ? tags.series : tags.numbers)
  out.unsigned(array.length)
  if (isSeries) {
    writeTimes(out, array, lastTime)
    lastTime = array.at(-2) as number
  }
  writeValues(out, array, isSeries ? 1 : 0, isSeries ? 2 : 1)
}

function writeObject(object: Readonly<Record<string, unknown>>): void {
  const keys = Object.keys(object)
  const shape = shapeOf(keys)
  if (shape.state !== state) {
    if (keys.includes('__proto__')) throw new TypeError('a state holds the key __proto__')
    shape.state = state
    shape.number = shapeCount++
    out.byte(tags.object)
    out.unsigned(keys.length)
    for (const key of keys) writeText(key)
  } else {
    out.byte(tags.seenObject)
    out.unsigned(shape.number)
  }
  for (const key of keys) write(object[key])
}

function shapeOf(keys: readonly string[]): Shape {
  let shape = shapes
  for (const key of keys) {
    let next = shape.next.get(key)
    if (next === undefined) {
      next = { number: 0, state: 0, next: new Map() }
      nodes += 1
      shape.next.set(key, next)
    }
    shape = next
  }
  return shape
}

function isNumbers(array: readonly unknown[]): array is readonly number[] {
  for (let i = 0; i < array.length; i++) if (typeof array[i] !== 'number') return false
  return true
}

function isPlainObject(value: object): value is Record<string, unknown> {
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}
