/** First byte: no MessagePack value begins with it, so that both can stand in one table. */
export const marker = 0xc1

/**
 * What follows. A text is a number: 0 and the text itself, or that of a common text (from 1 on), or of one that occurred before
 * (after those). The keys of objects in their order (shapes) are numbered from 0 as they occur.
 */
export const tags = {
  null: 0,
  undefined: 1,
  false: 2,
  true: 3,
  /** Whole number, zigzag. */
  integer: 4,
  /** Number of hundredths, zigzag. */
  hundredths: 5,
  double: 6,
  text: 7,
  /** Length and elements. */
  array: 8,
  /** Length and a column of values. */
  numbers: 9,
  /** Length, a column of times and one of values: times and values by turns. */
  series: 10,
  /** Number of keys, keys, values. */
  object: 11,
  /** Number of a shape, values. */
  seenObject: 12,
  /** How far a time is from the time before it, ms, zigzag. */
  time: 13,
} as const

/** Whole numbers that are a tag of their own. */
export const smallIntegers = { from: 32, count: 224 } as const

/** Numbers that make a column. */
export const minColumn = 4

/** Whole numbers from here on may be times, ms since 1970: after 2004. */
export const minTime = 2 ** 40
