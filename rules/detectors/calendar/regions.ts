import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'yaml'
import { z } from 'zod'
import { parseRegion } from '../../../lib/iso-region.ts'
import { packageRoot } from '../../../lib/package-root.ts'

const month = z.int().min(1).max(12)

const climate = z.strictObject({
  hemisphere: z.enum(['north', 'south']),
  /** First and last month of the rainy season, where there is one. */
  rainy: z.tuple([month, month]).optional(),
})

export type Climate = z.infer<typeof climate>

const table = z.strictObject({ default: climate, regions: z.record(z.string(), climate) })

const climateTable = table.parse(
  parse(readFileSync(join(packageRoot, 'rules', 'detectors', 'calendar', 'regions.yaml'), 'utf8')),
)

/**
 * Return the climate of `DE` or `CN-GD`: of the subdivision, else of the country; the table's default for a country that is
 * not listed and for a device without a region. Undefined for a text that is no region, from data of an older version.
 */
export function climateOf(text: string | undefined): Climate | undefined {
  if (text === undefined || text === '') return climateTable.default
  const parsed = parseRegion(text)
  if (parsed.is === 'invalid') return undefined
  const [country = ''] = parsed.region.split('-')
  return climateTable.regions[parsed.region] ?? climateTable.regions[country] ?? climateTable.default
}
