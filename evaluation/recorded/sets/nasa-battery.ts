import { join } from 'node:path'
import { limitOf } from '../../../rules/detectors/limit.ts'
import { crossingOf } from '../baselines/passage.ts'
import { byColumn, numberIn, type Row, readTable, readTableIfThere } from '../csv.ts'
import { daysAsTime, type PrognosisSet, type RecordedLife } from '../recorded.ts'
import { every } from './moments.ts'
import { pointsIn } from './points-in.ts'

/** One discharge stands for one day: the axis is discharges, as in what is published on these cells. */
const discharge = daysAsTime.ms
const limit = limitOf({ below: 1.4 })
const [firstAsked, firstAskedOfGarbage] = [60, 5]
/** Cells with higher numbers were run cold, hot, at other loads, or aborted. */
const lastOfLife = 18

/** Cells discharged in a laboratory until 70 % of 2 Ah. */
export const nasaBattery: PrognosisSet = {
  name: 'nasa_battery',
  title: 'Laboratory cells, discharges to 1.4 Ah',
  time: { name: 'Discharges', ms: discharge },
  baselines: { windowMs: 30 * discharge, sameCohort: [] },
  async read(folder) {
    const columns = ['battery_id', 'discharge_no', 'capacity_ah']
    const rows = await readTable(join(folder, 'capacity_per_discharge.csv'), columns)
    const cells = byColumn(await readTableIfThere(join(folder, 'cells.csv'), ['battery_id']), 'battery_id')
    const all = [...byColumn(rows, 'battery_id')].map(([unit, discharges]) => ({
      isLife: Number(/\d+/.exec(unit)?.[0]) <= lastOfLife,
      unit,
      discharges,
      said: cells.get(unit)?.[0],
    }))
    const lives = all.filter(({ isLife }) => isLife).map((cell) => lifeOf(cell, firstAsked))
    const garbage = all.filter(({ isLife }) => !isLife).map((cell) => garbageOf(cell))
    return [{ limit, lives, garbage }]
  },
}

interface Cell {
  unit: string
  discharges: readonly Row[]
  said: Row | undefined
}

function lifeOf({ unit, discharges, said = {} }: Cell, from: number): RecordedLife {
  const points = pointsIn(discharges, (row) => [
    at(numberIn(row, 'discharge_no')),
    numberIn(row, 'capacity_ah'),
  ])
  const event = at(numberIn(said, 'first_discharge_below_1p4ah')) ?? crossingOf(points, limit)
  const ambient = numberIn(said, 'ambient_c') ?? numberIn(discharges[0] ?? {}, 'ambient_c')
  const until = event ?? points.at(-1)?.[0] ?? 0
  return {
    unit,
    life: { cohort: ambient === undefined ? {} : { ambientC: ambient }, since: 0, points },
    ...(event === undefined ? {} : { event }),
    moments: every(discharge, { from: from * discharge, until }),
  }
}

/** What is recorded of a cell that is not to be scored: asked at each discharge to its end, whatever was crossed. */
function garbageOf(cell: Cell): RecordedLife {
  const { unit, life } = lifeOf(cell, firstAskedOfGarbage)
  const until = life.points.at(-1)?.[0] ?? 0
  return { unit, life, moments: every(discharge, { from: firstAskedOfGarbage * discharge, until }) }
}

const at = (number: number | undefined) => (number === undefined ? undefined : number * discharge)
