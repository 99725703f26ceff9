import { join } from 'node:path'
import { createLimit } from '../../../rules/detectors/limit.ts'
import { firstCrossingAt } from '../baselines/first-passage.ts'
import { groupByColumn, numberCell, type Row, readOptionalTable, readTable } from '../csv.ts'
import { dayUnit, type PrognosisDataset, type RecordedLifetime } from '../prognosis-dataset.ts'
import { equallySpacedTimes } from './equally-spaced-times.ts'
import { pointsFromRows } from './points-from-rows.ts'

/** One discharge stands for one day: the axis is discharges, as in what is published on these cells. */
const discharge = dayUnit.ms
const limit = createLimit({ below: 1.4 })
const [firstAsked, firstAskedOfGarbage] = [60, 5]
/** Cells with higher numbers were run cold, hot, at other loads, or aborted. */
const lastScoredCell = 18

/** Cells discharged in a laboratory until 70 % of 2 Ah. */
export const nasaBattery: PrognosisDataset = {
  name: 'nasa_battery',
  title: 'Laboratory cells, discharges to 1.4 Ah',
  time: { name: 'Discharges', ms: discharge },
  baselines: { windowMs: 30 * discharge, sameCohort: [] },
  async read(folder) {
    const columns = ['battery_id', 'discharge_no', 'capacity_ah']
    const rows = await readTable(join(folder, 'capacity_per_discharge.csv'), columns)
    const cells = groupByColumn(
      await readOptionalTable(join(folder, 'cells.csv'), ['battery_id']),
      'battery_id',
    )
    const all = [...groupByColumn(rows, 'battery_id')].map(([unit, discharges]) => ({
      isLife: Number(/\d+/.exec(unit)?.[0]) <= lastScoredCell,
      unit,
      discharges,
      said: cells.get(unit)?.[0],
    }))
    const lives = all.filter(({ isLife }) => isLife).map((cell) => lifetimeOf(cell, firstAsked))
    const garbage = all.filter(({ isLife }) => !isLife).map((cell) => invalidRecordOf(cell))
    return [{ limit, lifetimes: lives, invalidRecords: garbage }]
  },
}

interface Cell {
  unit: string
  discharges: readonly Row[]
  said: Row | undefined
}

function lifetimeOf({ unit, discharges, said = {} }: Cell, from: number): RecordedLifetime {
  const points = pointsFromRows(discharges, (row) => [
    at(numberCell(row, 'discharge_no')),
    numberCell(row, 'capacity_ah'),
  ])
  const event = at(numberCell(said, 'first_discharge_below_1p4ah')) ?? firstCrossingAt(points, limit)
  const ambient = numberCell(said, 'ambient_c') ?? numberCell(discharges[0] ?? {}, 'ambient_c')
  const until = event ?? points.at(-1)?.[0] ?? 0
  return {
    unit,
    lifetime: { cohort: ambient === undefined ? {} : { ambientC: ambient }, startedAt: 0, points },
    ...(event === undefined ? {} : { event }),
    forecastTimes: equallySpacedTimes(discharge, { from: from * discharge, until }),
  }
}

/** What is recorded of a cell that is not to be scored: asked at each discharge to its end, whatever was crossed. */
function invalidRecordOf(cell: Cell): RecordedLifetime {
  const { unit, lifetime: life } = lifetimeOf(cell, firstAskedOfGarbage)
  const until = life.points.at(-1)?.[0] ?? 0
  return {
    unit,
    lifetime: life,
    forecastTimes: equallySpacedTimes(discharge, { from: firstAskedOfGarbage * discharge, until }),
  }
}

const at = (number: number | undefined) => (number === undefined ? undefined : number * discharge)
