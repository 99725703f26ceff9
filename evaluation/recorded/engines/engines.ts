import { join } from 'node:path'
import { contentHash } from '../../../rules/files/content-hash.ts'
import { FieldDataError, groupByColumn, numberCell, readTable } from '../csv.ts'

/** An engine of several sensors: one row of values for each cycle. */
export interface Engine {
  /** Name and first values: engines of two files may have the same name. */
  unit: string
  rows: readonly Record<string, number>[]
  /** Cycles that remain after the last row. */
  remaining: number
}

/** Row up to which an engine is known, and the cycles that remain then. */
export interface EngineCut {
  cycle: number
  remaining: number
}

export interface EngineSet {
  sensors: readonly string[]
  engines: readonly Engine[]
}

/** Above this a remaining life counts as this: the convention of published figures (F. O. Heimes, PHM 2008). */
export const maxRemaining = 125
const draws = 5
/** Shares of the life between which an engine is cut. */
const [earliest, latest] = [0.3, 0.95]

/** Read the engines of a folder. @throws FieldDataError when a file is missing or malformed */
export async function readEngines(folder: string): Promise<EngineSet> {
  const units = await readTable(join(folder, 'units.csv'), ['unit', 'last_cycle', 'rul_cycles'])
  const file = join(folder, 'readings.csv')
  const table = await readTable(file, ['unit', 'cycle'])
  const sensors = Object.keys(table[0] ?? {}).filter((name) => name !== 'unit' && name !== 'cycle')
  const readings = groupByColumn(table, 'unit')
  const engines = units.flatMap(({ unit = '', ...row }): Engine[] => {
    const rows = (readings.get(unit) ?? []).map((cells) =>
      Object.fromEntries(
        sensors.map((sensor) => {
          const value = numberCell(cells, sensor)
          if (value === undefined) throw new FieldDataError(`${file}: ${unit} has a row without ${sensor}`)
          return [sensor, value]
        }),
      ),
    )
    const remaining = numberCell(row, 'rul_cycles') ?? 0
    return rows.length === 0 ? [] : [{ unit: `${unit} ${contentHash(rows[0], 8)}`, rows, remaining }]
  })
  return { sensors, engines }
}

/** Return where an engine is cut: where its rows end before its end, else once in each draw, by a hash of its name. */
export function cutsOf({ unit, rows, remaining }: Engine): EngineCut[] {
  return Array.from({ length: draws }, (_, draw) => {
    if (remaining > 0) return { cycle: rows.length, remaining }
    const drawn = Number.parseInt(contentHash(`${unit}/${draw}`, 8), 16) / 2 ** 32
    const cycle = Math.round(rows.length * (earliest + (latest - earliest) * drawn))
    return { cycle, remaining: rows.length - cycle }
  })
}
