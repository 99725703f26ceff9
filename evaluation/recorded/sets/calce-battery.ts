import { join } from 'node:path'
import { median, type Point } from '../../../rules/detectors/bucketed-series.ts'
import { createLimit } from '../../../rules/detectors/limit.ts'
import { firstCrossingAt } from '../baselines/first-passage.ts'
import { groupByColumn, numberCell, type Row, readOptionalTable, readTable } from '../csv.ts'
import { dayUnit, type PrognosisDataset, type RecordedLifetime } from '../prognosis-dataset.ts'
import { equallySpacedTimes } from './equally-spaced-times.ts'
import { pointsFromRows } from './points-from-rows.ts'

/** The time axis counts cycles, like the publications on these cells; one cycle is mapped to one day. */
const cycle = dayUnit.ms
const [firstForecast, forecastEvery] = [100, 10]
const medianOver = 5
const tasks = [
  { below: 0.88, truth: 'cycle_below_80pct_0p88ah' },
  { below: 0.77, truth: 'cycle_below_70pct_0p77ah' },
]

/** Prismatic laboratory cells: the median capacity of the last five complete cycles. */
export const calceBattery: PrognosisDataset = {
  name: 'calce_battery',
  title: 'Prismatic cells, cycles to 80 % and 70 %',
  time: { name: 'Cycles', ms: cycle },
  isOnCalendar: false,
  baselines: { windowMs: 100 * cycle, sameCohort: [] },
  async read(folder) {
    const columns = ['cell', 'cycle', 'discharge_ah']
    const rows = await readTable(join(folder, 'capacity_per_cycle.csv'), columns)
    const complete = groupByColumn(
      rows.filter((row) => numberCell(row, 'partial_flag') !== 1),
      'cell',
    )
    const attributes = groupByColumn(await readOptionalTable(join(folder, 'cells.csv'), ['cell']), 'cell')
    return tasks.map(({ below, truth }) => {
      const limit = createLimit({ below })
      const lifetimes = [...complete].map(([unit, cycles]): RecordedLifetime => {
        const points = smoothed(cycles)
        const event = at(numberCell(attributes.get(unit)?.[0] ?? {}, truth)) ?? firstCrossingAt(points, limit)
        const until = event ?? points.at(-1)?.[0] ?? 0
        return {
          unit,
          lifetime: { cohort: { cell: unit.replace(/_.*/, '') }, startedAt: 0, points },
          ...(event === undefined ? {} : { event }),
          forecastTimes: equallySpacedTimes(forecastEvery * cycle, { from: firstForecast * cycle, until }),
        }
      })
      return { limit, lifetimes }
    })
  },
}

function smoothed(cycles: readonly Row[]): Point[] {
  const points = pointsFromRows(cycles, (row) => [
    at(numberCell(row, 'cycle')),
    numberCell(row, 'discharge_ah'),
  ])
  return points.flatMap(([ts], index): Point[] => {
    const last = points.slice(index + 1 - medianOver, index + 1)
    return index + 1 < medianOver ? [] : [[ts, median(last.map(([, value]) => value))]]
  })
}

const at = (number: number | undefined) => (number === undefined ? undefined : number * cycle)
