import { join } from 'node:path'
import { limitOf } from '../../../rules/detectors/limit.ts'
import { crossingOf } from '../baselines/passage.ts'
import { byColumn, numberIn, type Row, readTable, readTableIfThere } from '../csv.ts'
import type { PrognosisSet } from '../recorded.ts'
import { filterRun, seconds } from './filter-run.ts'
import { pointsIn } from './points-in.ts'

const limit = limitOf({ above: 600 })

/** Air filters that are fed with test dust until they clog. */
export const airFilter: PrognosisSet = {
  name: 'air_filter',
  title: 'Air filters fed with dust, seconds to 600 Pa',
  time: seconds,
  baselines: { windowMs: 30 * seconds.ms, smoothOver: 9, sameCohort: ['feedRate'] },
  async read(folder) {
    const rows = await readTable(join(folder, 'runs_1hz.csv'), ['run', 'time_s', 'dp_pa'])
    const runs = byColumn(await readTableIfThere(join(folder, 'runs.csv'), ['run']), 'run')
    const lives = [...byColumn(rows, 'run')].map(([unit, run]) => {
      const said = runs.get(unit)?.[0] ?? {}
      const points = pointsIn(run, (row) => [at(numberIn(row, 'time_s')), numberIn(row, 'dp_pa')])
      const feedRate = numberIn(said, 'feed_rate')
      const cohort = {
        ...(feedRate === undefined ? {} : { feedRate }),
        ...(said.filter === undefined ? {} : { filter: said.filter }),
        ...(said.dust === undefined ? {} : { dust: said.dust }),
      }
      const event = labelled(run[0]) ?? at(numberIn(said, 'life_s')) ?? crossingOf(points, limit)
      return filterRun({ unit, cohort, points, event, limit })
    })
    return [{ limit, lives }]
  },
}

/** The end by the source's own label: what it says is left, from there on. */
function labelled(first: Row = {}): number | undefined {
  const [time, left] = [numberIn(first, 'time_s'), numberIn(first, 'rul_s')]
  return time === undefined || left === undefined ? undefined : at(time + left)
}

const at = (second: number | undefined) =>
  second === undefined ? undefined : Math.round(second * seconds.ms)
