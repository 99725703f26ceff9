import { z } from 'zod'
import type { Kind, Metric } from '../../rules/files/kinds.ts'

const metricSchema = z.object({
  name: z.string(),
  unit: z.string().describe('UCUM code.'),
  range: z.tuple([z.number(), z.number()]).describe('Least and greatest possible value.'),
  worse: z.enum(['lower', 'higher']).nullable().describe('Direction in which wear moves it.'),
  description: z.string().nullable(),
  type: z.enum(['number', 'boolean', 'enum']),
  derivedBy: z.string().nullable().describe('Formula (CEL) of a derived metric; devices do not send it.'),
  waveform: z
    .string()
    .nullable()
    .describe('Waveform that it is computed from, where a device does not send it.'),
})

export const kindSchema = z
  .object({
    name: z.string(),
    expectedIntervalMs: z.int().describe('Usual interval between readings of a device, ms.'),
    components: z.array(z.string()),
    metrics: z.array(metricSchema),
    rules: z.array(z.string()).describe('Live rules of the kind.'),
  })
  .meta({ id: 'Kind', description: 'Device kind: what its devices send, and which rules watch it.' })

export function toKind(
  { name, expectedIntervalMs, components, metrics }: Kind,
  rules: readonly string[],
): z.output<typeof kindSchema> {
  return {
    name,
    expectedIntervalMs,
    components: [...components],
    metrics: [...metrics].map(toMetric),
    rules: [...rules],
  }
}

function toMetric([name, metric]: [string, Metric]): z.output<typeof metricSchema> {
  const { unit, range, worse = null, description = null, type = 'number', cel = null, from } = metric
  return {
    name,
    unit,
    range: [range[0], range[1]],
    worse,
    description,
    type,
    derivedBy: cel,
    waveform: from?.waveform ?? null,
  }
}
