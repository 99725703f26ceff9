import { join } from 'node:path'
import { limitOf } from '../../../rules/detectors/limit.ts'
import { crossingOf } from '../baselines/passage.ts'
import { byColumn, numberIn, readTable, readTableIfThere } from '../csv.ts'
import type { PrognosisSet } from '../recorded.ts'
import { filterRun, seconds } from './filter-run.ts'
import { pointsIn } from './points-in.ts'

const limit = limitOf({ above: 20 })

/** Filters of a rig that pumps particles in water through them until they clog. */
export const liquidFilter: PrognosisSet = {
  name: 'liquid_filter',
  title: 'Liquid filters on a rig, seconds to 20 psi',
  time: seconds,
  baselines: { windowMs: 30 * seconds.ms, smoothOver: 9, sameCohort: ['particleUm', 'solidRatioPct'] },
  async read(folder) {
    const rows = await readTable(join(folder, 'runs_1hz.csv'), ['sample', 'time_s', 'pressure_drop_psi'])
    const samples = byColumn(await readTableIfThere(join(folder, 'samples.csv'), ['sample']), 'sample')
    const lives = [...byColumn(rows, 'sample')].map(([unit, run]) => {
      const said = samples.get(unit)?.[0] ?? {}
      const points = pointsIn(run, (row) => [at(numberIn(row, 'time_s')), numberIn(row, 'pressure_drop_psi')])
      const solidRatio = numberIn(said, 'solid_ratio_pct')
      const cohort = {
        ...(said.particle_um === undefined ? {} : { particleUm: said.particle_um }),
        ...(solidRatio === undefined ? {} : { solidRatioPct: solidRatio }),
      }
      const event = at(numberIn(said, 'clog_s_first_dp_gt_20psi')) ?? crossingOf(points, limit)
      return filterRun({ unit, cohort, points, event, limit })
    })
    return [{ limit, lives }]
  },
}

const at = (second: number | undefined) => (second === undefined ? undefined : second * seconds.ms)
