import { join } from 'node:path'
import { createLimit } from '../../../rules/detectors/limit.ts'
import { firstCrossingAt } from '../baselines/first-passage.ts'
import { groupByColumn, numberCell, type Row, readOptionalTable, readTable } from '../csv.ts'
import { dayUnit, type PrognosisDataset, type RecordedLifetime } from '../prognosis-dataset.ts'
import { equallySpacedTimes } from './equally-spaced-times.ts'
import { pointsFromRows } from './points-from-rows.ts'

/** The time axis counts discharges, like the publications on these cells; one discharge is mapped to one day. */
const discharge = dayUnit.ms
const limit = createLimit({ below: 1.4 })
const [firstForecast, firstForecastOfInvalid] = [60, 5]
/** Cells with higher numbers ran cold, hot, at other loads, or were aborted. */
const lastScoredCell = 18

/** Laboratory cells discharged down to 70 % of 2 Ah. */
export const nasaBattery: PrognosisDataset = {
  name: 'nasa_battery',
  title: 'Laboratory cells, discharges to 1.4 Ah',
  time: { name: 'Discharges', ms: discharge },
  isOnCalendar: false,
  baselines: { windowMs: 30 * discharge, sameCohort: [] },
  async read(folder) {
    const columns = ['battery_id', 'discharge_no', 'capacity_ah']
    const rows = await readTable(join(folder, 'capacity_per_discharge.csv'), columns)
    const cells = groupByColumn(
      await readOptionalTable(join(folder, 'cells.csv'), ['battery_id']),
      'battery_id',
    )
    const all = [...groupByColumn(rows, 'battery_id')].map(([unit, discharges]) => ({
      isValid: Number(/\d+/.exec(unit)?.[0]) <= lastScoredCell,
      unit,
      discharges,
      attributes: cells.get(unit)?.[0],
    }))
    const lifetimes = all.filter(({ isValid }) => isValid).map((cell) => lifetimeOf(cell, firstForecast))
    const invalidRecords = all.filter(({ isValid }) => !isValid).map((cell) => invalidRecordOf(cell))
    return [{ limit, lifetimes, invalidRecords }]
  },
}

interface Cell {
  unit: string
  discharges: readonly Row[]
  attributes: Row | undefined
}

function lifetimeOf({ unit, discharges, attributes = {} }: Cell, from: number): RecordedLifetime {
  const points = pointsFromRows(discharges, (row) => [
    at(numberCell(row, 'discharge_no')),
    numberCell(row, 'capacity_ah'),
  ])
  const event = at(numberCell(attributes, 'first_discharge_below_1p4ah')) ?? firstCrossingAt(points, limit)
  const ambient = numberCell(attributes, 'ambient_c') ?? numberCell(discharges[0] ?? {}, 'ambient_c')
  const until = event ?? points.at(-1)?.[0] ?? 0
  return {
    unit,
    lifetime: { cohort: ambient === undefined ? {} : { ambientC: ambient }, startedAt: 0, points },
    ...(event === undefined ? {} : { event }),
    forecastTimes: equallySpacedTimes(discharge, { from: from * discharge, until }),
  }
}

/** Return the record of a cell that is not scored, with a forecast at each discharge to its end, whatever it crosses. */
function invalidRecordOf(cell: Cell): RecordedLifetime {
  const { unit, lifetime } = lifetimeOf(cell, firstForecastOfInvalid)
  const until = lifetime.points.at(-1)?.[0] ?? 0
  return {
    unit,
    lifetime,
    forecastTimes: equallySpacedTimes(discharge, { from: firstForecastOfInvalid * discharge, until }),
  }
}

const at = (number: number | undefined) => (number === undefined ? undefined : number * discharge)
