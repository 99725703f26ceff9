import { join } from 'node:path'
import { createLimit } from '../../../rules/detectors/limit.ts'
import { firstCrossingAt } from '../baselines/first-passage.ts'
import { groupByColumn, numberCell, type Row, readOptionalTable, readTable, timeCell } from '../csv.ts'
import { dayUnit, type PrognosisDataset, type RecordedLifetime } from '../prognosis-dataset.ts'
import { pointsFromRows } from './points-from-rows.ts'

const day = dayUnit.ms
const limit = createLimit({ below: 80 })
const minReadingsBefore = 4
const [soonest, latest] = [30 * day, 540 * day]

/** Batteries of phones, watches and tablets in use: whole percents, about one reading a month. */
export const phoneBattery: PrognosisDataset = {
  name: 'phone_battery',
  title: 'Phone batteries in use, date below 80 %',
  time: dayUnit,
  isOnCalendar: true,
  baselines: { windowMs: 180 * day, sameCohort: [], step: 1 },
  async read(folder) {
    const readings = await readTable(join(folder, 'readings.csv'), ['unit', 'date', 'health_pct'])
    const units = groupByColumn(await readOptionalTable(join(folder, 'units.csv'), ['unit']), 'unit')
    const lifetimes = [...groupByColumn(readings, 'unit')].map(([unit, rows]) =>
      lifetimeOf(unit, rows, units.get(unit)?.[0]),
    )
    return [{ limit, lifetimes }]
  },
}

function lifetimeOf(unit: string, rows: readonly Row[], attributes: Row = {}): RecordedLifetime {
  const points = pointsFromRows(rows, (row) => [timeCell(row, 'date'), numberCell(row, 'health_pct')])
  const since = timeCell(attributes, 'battery_first_use')
  const event = timeCell(attributes, 'first_reading_below_80') ?? firstCrossingAt(points, limit)
  const last = points.at(-1)?.[0] ?? 0
  const isForecastTime = (ts: number) =>
    event === undefined ? last - ts >= soonest : event - ts >= soonest && event - ts <= latest
  const times = points.slice(minReadingsBefore).map(([ts]) => ts)
  const model = attributes.model ?? rows[0]?.model
  return {
    unit,
    lifetime: {
      cohort: model === undefined ? {} : cohortOf(model),
      ...(since === undefined ? {} : { startedAt: since }),
      points,
    },
    ...(event === undefined ? {} : { event }),
    forecastTimes: times.filter(isForecastTime),
    furtherForecastTimes: times.filter((ts) => event !== undefined && ts < event && !isForecastTime(ts)),
  }
}

/** Return the cohort of a model: `iPhone8` and `watch5small` are of two kinds. */
function cohortOf(model: string): Record<string, string> {
  const [kind = model] = /^(i[A-Z])?[a-z]+/.exec(model) ?? []
  return { kind, model }
}
