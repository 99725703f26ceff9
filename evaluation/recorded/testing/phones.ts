import { dayMs } from '../../../lib/time.ts'
import { csv } from './folder.ts'

const begin = Date.UTC(2020, 0, 1)

export const dayOf = (days: number): number => begin + days * dayMs

/** Return rows of readings.csv for a phone read every thirty days that loses a percent in `perPercent` days. */
export function phone(unit: string, { perPercent, until }: { perPercent: number; until: number }) {
  const count = Math.floor(until / 30)
  return Array.from({ length: count }, (_, n) => {
    const date = new Date(dayOf(30 * n)).toISOString().slice(0, 10)
    return [unit, 'iPhone8', date, Math.floor(100 - (30 * n) / perPercent)]
  })
}

export const readingsCsv = (rows: readonly (readonly (string | number)[])[]): string =>
  csv('unit,model,date,health_pct', rows)

/** Return a readings.csv of phones that each fall below 80 %, at their own pace, days per percent. */
export function fleetCsv(daysPerPercent: Readonly<Record<string, number>>): string {
  return readingsCsv(
    Object.entries(daysPerPercent).flatMap(([unit, perPercent]) =>
      phone(unit, { perPercent, until: 24 * perPercent }),
    ),
  )
}
