import { dayMs } from '../../../lib/time.ts'
import { csv } from './folder.ts'

const begin = Date.UTC(2020, 0, 1)

export const dayOf = (days: number): number => begin + days * dayMs

/** A phone that is read each thirty days and loses a percent in `perPercent` days; the rows of readings.csv. */
export function phone(unit: string, { perPercent, until }: { perPercent: number; until: number }) {
  const count = Math.floor(until / 30)
  return Array.from({ length: count }, (_, n) => {
    const date = new Date(dayOf(30 * n)).toISOString().slice(0, 10)
    return [unit, 'iPhone8', date, Math.floor(100 - (30 * n) / perPercent)]
  })
}

export const readingsCsv = (rows: readonly (readonly (string | number)[])[]): string =>
  csv('unit,model,date,health_pct', rows)

/** A fleet of which each phone falls below 80 %, one faster than the other. */
export function fleetCsv(paces: Readonly<Record<string, number>>): string {
  return readingsCsv(
    Object.entries(paces).flatMap(([unit, perPercent]) =>
      phone(unit, { perPercent, until: 24 * perPercent }),
    ),
  )
}
