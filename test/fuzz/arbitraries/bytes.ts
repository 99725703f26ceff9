import fc from 'fast-check'

/** One change to a byte string. */
type Mutation =
  | { type: 'set'; at: number; byte: number }
  | { type: 'cut'; at: number }
  | { type: 'insert'; at: number; bytes: Uint8Array }
  | { type: 'remove'; at: number; length: number }
  | { type: 'repeat'; at: number; length: number }

const at = fc.double({ min: 0, max: 1, noNaN: true })

const mutation: fc.Arbitrary<Mutation> = fc.oneof(
  fc.record({ type: fc.constant('set' as const), at, byte: fc.nat(255) }),
  fc.record({ type: fc.constant('cut' as const), at }),
  fc.record({ type: fc.constant('insert' as const), at, bytes: fc.uint8Array({ maxLength: 8 }) }),
  fc.record({ type: fc.constant('remove' as const), at, length: fc.integer({ min: 1, max: 8 }) }),
  fc.record({ type: fc.constant('repeat' as const), at, length: fc.integer({ min: 1, max: 64 }) }),
)

/** Byte strings that are nearly what another arbitrary makes. */
export function mutatedBytes(bytes: fc.Arbitrary<Buffer>): fc.Arbitrary<Buffer> {
  return fc
    .tuple(bytes, fc.array(mutation, { minLength: 1, maxLength: 4 }))
    .map(([start, mutations]) => mutations.reduce(mutate, start))
}

function mutate(bytes: Buffer, change: Mutation): Buffer {
  const place = Math.floor(change.at * bytes.length)
  const [head, tail] = [bytes.subarray(0, place), bytes.subarray(place)]
  switch (change.type) {
    case 'set':
      return Buffer.concat([head, Buffer.from([change.byte]), tail.subarray(1)])
    case 'cut':
      return head
    case 'insert':
      return Buffer.concat([head, change.bytes, tail])
    case 'remove':
      return Buffer.concat([head, tail.subarray(change.length)])
    case 'repeat':
      return Buffer.concat([head, tail.subarray(0, change.length), tail])
  }
}

export const anyBytes: fc.Arbitrary<Buffer> = fc
  .uint8Array({ maxLength: 64 })
  .map((bytes) => Buffer.from(bytes))

/** Text that programs stumble over. */
export const adversarialText: fc.Arbitrary<string> = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 30 }),
  fc.string({ unit: 'binary', maxLength: 30 }),
  fc.constantFrom(
    '',
    ' ',
    '\0',
    '\ud800',
    '\udfff\ud800',
    '\ufeff',
    '\u202e',
    '\u001b[2J',
    "';--",
    '%00',
    '../../etc/passwd',
  ),
  fc.constantFrom(
    '__proto__',
    'constructor',
    'prototype',
    'toString',
    'hasOwnProperty',
    'NaN',
    'null',
    'undefined',
  ),
  fc.nat(5_000).map((length) => 'x'.repeat(length)),
)
