import { z } from 'zod'
import { durationUnits, formatExactDuration, parseDuration } from '../../lib/duration.ts'

type Units = Readonly<Record<string, number>>

// In the order of preference for output: the first unit that gives a whole number is used.
const bytesOf: Units = {
  TiB: 2 ** 40,
  GiB: 2 ** 30,
  MiB: 2 ** 20,
  KiB: 2 ** 10,
  TB: 1e12,
  GB: 1e9,
  MB: 1e6,
  kB: 1e3,
  B: 1,
}

/** `10m`, `36h`, `30d` ↔ milliseconds. */
export const duration = z.codec(z.string(), z.number(), {
  decode: (text, context) => {
    const ms = parseDuration(text)
    if (ms !== undefined) return ms
    context.issues.push({ code: 'custom', input: text, message: `no number with a unit of ${durationUnits}` })
    return z.NEVER
  },
  encode: formatExactDuration,
})

/** `512KiB`, `2GiB`, `1.5GB` or a plain number ↔ bytes. */
export const byteSize = z.union([quantityCodec(bytesOf), z.int().min(0)])

/** `2000-01-01` or a full ISO 8601 time with its zone ↔ milliseconds since 1970 UTC. */
export const timestamp = z.codec(z.union([z.iso.date(), z.iso.datetime({ offset: true })]), z.number(), {
  decode: (text) => Date.parse(text),
  encode: (ms) => new Date(ms).toISOString().replace('T00:00:00.000Z', ''),
})

/** `none` ↔ null. */
export const none = z.codec(z.literal('none'), z.null(), {
  decode: () => null,
  encode: () => 'none' as const,
})

function quantityCodec(units: Units) {
  return z.codec(z.string(), z.number(), {
    decode: (text, context) => {
      const [, amount, unit = ''] = /^(\d+(?:\.\d+)?) ?([A-Za-z]+)$/.exec(text) ?? []
      const size = units[unit]
      if (size !== undefined) return Math.round(Number(amount) * size)
      context.issues.push({
        code: 'custom',
        input: text,
        message: `no number with a unit of ${Object.keys(units)}`,
      })
      return z.NEVER
    },
    encode: (value) => {
      const [unit, size] = Object.entries(units).find(([, size]) => value % size === 0) ?? ['', 1]
      return `${value / size}${unit}`
    },
  })
}
