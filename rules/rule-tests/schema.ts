import { z } from 'zod'
import { region } from '../../ingest/decode/field-schemas.ts'
import { durationSchema } from '../files/duration.ts'
import { parsedString } from '../files/parsed-string.ts'
import { parseSeries, seriesHelp } from './series.ts'
import { parseTestEvent, parseTestWindow, testEventHelp, testWindowHelp } from './test-times.ts'

const series = z.record(z.string(), parsedString(parseSeries, seriesHelp))
const testWindow = parsedString(parseTestWindow, testWindowHelp)

/** Readings that arrive late, all at once. */
const upload = z.strictObject({
  arrives: durationSchema,
  hist: z.boolean().default(true),
  series,
})

const expectation = z.strictObject({
  at: testWindow,
  finding: z.enum(['raised', 'updated', 'cleared']),
  /** Predicted crossing of the limit (P50). */
  crossing: testWindow.optional(),
})

const peers = z.strictObject({
  q10: z.number(),
  q50: z.number(),
  q90: z.number(),
  devices: z.int().min(1).default(100),
  bin: z.string().exactOptional(),
})

/** Registration data of the device. */
const device = z.strictObject({
  model: z.string().exactOptional(),
  firmware: z.string().exactOptional(),
  region: region.exactOptional(),
})

/** An entry of a rule's `tests:`. Times are offsets from its start. */
export const ruleTestSchema = z.strictObject({
  name: z.string().min(1),
  device: device.default({}),
  series: series.default({}),
  uploads: z.array(upload).default([]),
  events: z.array(parsedString(parseTestEvent, testEventHelp)).default([]),
  /** Number of times that each reading is sent. */
  repeat: z.int().min(1).default(1),
  /** Statistics of the device's peers, by metric. */
  peers: z.record(z.string(), peers).default({}),
  /** Lifetimes of the part in other devices, each from its first day: series by metric. */
  lives: z.array(series).default([]),
  /** Number of `lives`, from the first on, whose part failed and was replaced at its end. */
  failed: z.int().min(0).default(0),
  expect: z.array(expectation),
})

export type RuleTest = z.infer<typeof ruleTestSchema>
