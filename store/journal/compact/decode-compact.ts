import { ByteReader } from './byte-reader.ts'
import { readTimes, readValues, unzigzag } from './columns.ts'
import { commonTexts } from './common-texts.ts'
import { marker, smallIntegers, tags } from './format.ts'

/** Whether `encodeCompact` made these bytes. */
export function isCompact(bytes: Uint8Array): boolean {
  return bytes[0] === marker
}

/** Return what `encodeCompact` was given. @throws RangeError for bytes that it did not make */
export function decodeCompact(bytes: Uint8Array): unknown {
  return new CompactReader(new ByteReader(bytes, 1)).read()
}

class CompactReader {
  readonly #input: ByteReader
  readonly #texts: string[] = []
  readonly #shapes: string[][] = []
  #lastTime = 0

  constructor(input: ByteReader) {
    this.#input = input
  }

  read(): unknown {
    const input = this.#input
    const tag = input.byte()
    if (tag >= smallIntegers.from) return tag - smallIntegers.from
    switch (tag) {
      case tags.null:
        return null
      case tags.undefined:
        return undefined
      case tags.false:
        return false
      case tags.true:
        return true
      case tags.integer:
        return unzigzag(input.unsigned())
      case tags.time:
        this.#lastTime += unzigzag(input.unsigned())
        return this.#lastTime
      case tags.hundredths:
        return unzigzag(input.unsigned()) / 100
      case tags.double:
        return input.double()
      case tags.text:
        return this.#text()
      case tags.array:
        return this.#array()
      case tags.numbers:
      case tags.series:
        return this.#numbers(tag === tags.series)
      case tags.object:
        return this.#object(this.#newShape())
      case tags.seenObject:
        return this.#object(this.#seenShape())
      default:
        throw new RangeError(`a stored state holds the unknown tag ${tag}`)
    }
  }

  #text(): string {
    const number = this.#input.unsigned()
    if (number === 0) {
      const text = this.#input.text()
      this.#texts.push(text)
      return text
    }
    const text = commonTexts[number - 1] ?? this.#texts[number - 1 - commonTexts.length]
    if (text === undefined) throw new RangeError(`a stored state names the unknown text ${number}`)
    return text
  }

  #array(): unknown[] {
    const array: unknown[] = []
    for (let left = this.#input.unsigned(); left > 0; left--) array.push(this.read())
    return array
  }

  #numbers(isSeries: boolean): number[] {
    const numbers: number[] = []
    // So that V8 makes it an array of doubles without holes.
    for (let left = this.#input.unsigned(); left > 0; left--) numbers.push(0.5)
    if (isSeries) {
      readTimes(this.#input, numbers, this.#lastTime)
      this.#lastTime = numbers.at(-2) ?? 0
    }
    readValues(this.#input, numbers, isSeries ? 1 : 0, isSeries ? 2 : 1)
    return numbers
  }

  #newShape(): string[] {
    const keys: string[] = []
    for (let left = this.#input.unsigned(); left > 0; left--) keys.push(this.#text())
    this.#shapes.push(keys)
    return keys
  }

  #object(keys: readonly string[]): Record<string, unknown> {
    const object: Record<string, unknown> = {}
    for (const key of keys) object[key] = this.read()
    return object
  }

  #seenShape(): readonly string[] {
    const number = this.#input.unsigned()
    const keys = this.#shapes[number]
    if (keys === undefined) throw new RangeError(`a stored state names the unknown shape ${number}`)
    return keys
  }
}
