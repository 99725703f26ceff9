import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'yaml'
import { z } from 'zod'
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

/** Return the climate of `DE` or `CN-GD`: of the subdivision, else of the country, else the table's default. */
export function climateOf(region: string | undefined): Climate {
  const [country = ''] = region?.split('-') ?? []
  return climateTable.regions[region ?? ''] ?? climateTable.regions[country] ?? climateTable.default
}
