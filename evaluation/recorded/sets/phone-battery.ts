import { join } from 'node:path'
import { limitOf } from '../../../rules/detectors/limit.ts'
import { crossingOf } from '../baselines/passage.ts'
import { byColumn, numberIn, type Row, readTable, readTableIfThere, timeIn } from '../csv.ts'
import { daysAsTime, type PrognosisSet, type RecordedLife } from '../recorded.ts'
import { pointsIn } from './points-in.ts'

const day = daysAsTime.ms
const limit = limitOf({ below: 80 })
const leastBefore = 4
const [soonest, latest] = [30 * day, 540 * day]

/** Batteries of phones, watches and tablets in use: whole percents, read about monthly. */
export const phoneBattery: PrognosisSet = {
  name: 'phone_battery',
  title: 'Phone batteries in use, date below 80 %',
  time: daysAsTime,
  baselines: { windowMs: 180 * day, sameCohort: [], step: 1 },
  async read(folder) {
    const readings = await readTable(join(folder, 'readings.csv'), ['unit', 'date', 'health_pct'])
    const units = byColumn(await readTableIfThere(join(folder, 'units.csv'), ['unit']), 'unit')
    const lives = [...byColumn(readings, 'unit')].map(([unit, rows]) =>
      lifeOf(unit, rows, units.get(unit)?.[0]),
    )
    return [{ limit, lives }]
  },
}

function lifeOf(unit: string, rows: readonly Row[], said: Row = {}): RecordedLife {
  const points = pointsIn(rows, (row) => [timeIn(row, 'date'), numberIn(row, 'health_pct')])
  const since = timeIn(said, 'battery_first_use')
  const event = timeIn(said, 'first_reading_below_80') ?? crossingOf(points, limit)
  const last = points.at(-1)?.[0] ?? 0
  const isAsked = (ts: number) =>
    event === undefined ? last - ts >= soonest : event - ts >= soonest && event - ts <= latest
  const model = said.model ?? rows[0]?.model
  return {
    unit,
    life: {
      cohort: model === undefined ? {} : cohortOf(model),
      ...(since === undefined ? {} : { since }),
      points,
    },
    ...(event === undefined ? {} : { event }),
    moments: points.slice(leastBefore).flatMap(([ts]) => (isAsked(ts) ? [ts] : [])),
  }
}

/** `iPhone8` and `watch5small` are of two kinds. */
function cohortOf(model: string): Record<string, string> {
  const [kind = model] = /^(i[A-Z])?[a-z]+/.exec(model) ?? []
  return { kind, model }
}
