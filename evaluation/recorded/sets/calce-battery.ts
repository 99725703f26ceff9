import { join } from 'node:path'
import { median, type Point } from '../../../rules/detectors/history.ts'
import { limitOf } from '../../../rules/detectors/limit.ts'
import { crossingOf } from '../baselines/passage.ts'
import { byColumn, numberIn, type Row, readTable, readTableIfThere } from '../csv.ts'
import { daysAsTime, type PrognosisSet, type RecordedLife } from '../recorded.ts'
import { every } from './moments.ts'
import { pointsIn } from './points-in.ts'

/** One cycle stands for one day: the axis is cycles, as in what is published on these cells. */
const cycle = daysAsTime.ms
const [firstAsked, askedEvery] = [100, 10]
const medianOver = 5
const trials = [
  { below: 0.88, truth: 'cycle_below_80pct_0p88ah' },
  { below: 0.77, truth: 'cycle_below_70pct_0p77ah' },
]

/** Prismatic cells in a laboratory: the median capacity of the last five whole cycles. */
export const calceBattery: PrognosisSet = {
  name: 'calce_battery',
  title: 'Prismatic cells, cycles to 80 % and 70 %',
  time: { name: 'Cycles', ms: cycle },
  baselines: { windowMs: 100 * cycle, sameCohort: [] },
  async read(folder) {
    const columns = ['cell', 'cycle', 'discharge_ah']
    const rows = await readTable(join(folder, 'capacity_per_cycle.csv'), columns)
    const whole = byColumn(
      rows.filter((row) => numberIn(row, 'partial_flag') !== 1),
      'cell',
    )
    const said = byColumn(await readTableIfThere(join(folder, 'cells.csv'), ['cell']), 'cell')
    return trials.map(({ below, truth }) => {
      const limit = limitOf({ below })
      const lives = [...whole].map(([unit, cycles]): RecordedLife => {
        const points = smoothed(cycles)
        const event = at(numberIn(said.get(unit)?.[0] ?? {}, truth)) ?? crossingOf(points, limit)
        const until = event ?? points.at(-1)?.[0] ?? 0
        return {
          unit,
          life: { cohort: { cell: unit.replace(/_.*/, '') }, since: 0, points },
          ...(event === undefined ? {} : { event }),
          moments: every(askedEvery * cycle, { from: firstAsked * cycle, until }),
        }
      })
      return { limit, lives }
    })
  },
}

function smoothed(cycles: readonly Row[]): Point[] {
  const points = pointsIn(cycles, (row) => [at(numberIn(row, 'cycle')), numberIn(row, 'discharge_ah')])
  return points.flatMap(([ts], index): Point[] => {
    const last = points.slice(index + 1 - medianOver, index + 1)
    return index + 1 < medianOver ? [] : [[ts, median(last.map(([, value]) => value))]]
  })
}

const at = (number: number | undefined) => (number === undefined ? undefined : number * cycle)
