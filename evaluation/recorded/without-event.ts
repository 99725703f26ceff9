import { median } from '../../rules/detectors/history.ts'
import type { Run } from './run.ts'

/** What was said of lives that did not end while they were watched. */
export interface Unended {
  units: number
  forecasts: number
  withheld: number
  /** Forecasts whose P90 lies before the last reading, at which the limit was still not crossed. */
  contradicted: number
  /** Forecasts that took the part for dead already. */
  calledDead: number
}

export function unendedOf(runs: readonly Run[]): Unended {
  const open = runs.filter(({ recorded }) => recorded.event === undefined)
  const sums = { units: open.length, forecasts: 0, withheld: 0, contradicted: 0, calledDead: 0 }
  for (const { recorded, asked } of open) {
    const last = recorded.life.points.at(-1)?.[0] ?? 0
    for (const { at, answers } of asked) {
      const said = answers.forewarn
      if (said?.is !== 'date') {
        sums.withheld += 1
        continue
      }
      sums.forecasts += 1
      if ((said.p90 ?? said.p50) < last) sums.contradicted += 1
      if (said.p50 <= at) sums.calledDead += 1
    }
  }
  return sums
}

/** What was said of records that are no lives: nothing is right but silence, or what the readings bear out. */
export interface Garbage {
  units: number
  forecasts: number
  withheld: number
  /** Forecasts that took a part for dead whose further readings were good ones, by their median. */
  falselyDead: number
  unitsFalselyDead: number
}

const leastLater = 3

export function garbageOf(runs: readonly Run[]): Garbage {
  const sums = { units: runs.length, forecasts: 0, withheld: 0, falselyDead: 0, unitsFalselyDead: 0 }
  for (const run of runs) {
    const dated = run.asked.filter(({ answers }) => answers.forewarn?.is === 'date')
    const dead = dated.filter(({ at, answers }) => {
      const said = answers.forewarn
      return said?.is === 'date' && said.p50 <= at && isGoodAfter(run, at)
    })
    sums.forecasts += dated.length
    sums.withheld += run.asked.length - dated.length
    sums.falselyDead += dead.length
    if (dead.length > 0) sums.unitsFalselyDead += 1
  }
  return sums
}

function isGoodAfter({ recorded, limit }: Run, at: number): boolean {
  const later = recorded.life.points.filter(([ts]) => ts > at).map(([, value]) => limit.margin(value))
  return later.length >= leastLater && median(later) >= 0
}
