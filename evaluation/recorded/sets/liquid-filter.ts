import { join } from 'node:path'
import { createLimit } from '../../../rules/detectors/limit.ts'
import { firstCrossingAt } from '../baselines/first-passage.ts'
import { groupByColumn, numberCell, readOptionalTable, readTable } from '../csv.ts'
import type { PrognosisDataset } from '../prognosis-dataset.ts'
import { createFilterLifetime, secondUnit } from './filter-run.ts'
import { pointsFromRows } from './points-from-rows.ts'

const limit = createLimit({ above: 20 })

/** Filters of a rig that pumps water with particles through them until they clog. */
export const liquidFilter: PrognosisDataset = {
  name: 'liquid_filter',
  title: 'Liquid filters on a rig, seconds to 20 psi',
  time: secondUnit,
  isOnCalendar: false,
  baselines: { windowMs: 30 * secondUnit.ms, smoothOver: 9, sameCohort: ['particleUm', 'solidRatioPct'] },
  async read(folder) {
    const rows = await readTable(join(folder, 'runs_1hz.csv'), ['sample', 'time_s', 'pressure_drop_psi'])
    const samples = groupByColumn(await readOptionalTable(join(folder, 'samples.csv'), ['sample']), 'sample')
    const lifetimes = [...groupByColumn(rows, 'sample')].map(([unit, run]) => {
      const attributes = samples.get(unit)?.[0] ?? {}
      const points = pointsFromRows(run, (row) => [
        at(numberCell(row, 'time_s')),
        numberCell(row, 'pressure_drop_psi'),
      ])
      const solidRatio = numberCell(attributes, 'solid_ratio_pct')
      const cohort = {
        ...(attributes.particle_um === undefined ? {} : { particleUm: attributes.particle_um }),
        ...(solidRatio === undefined ? {} : { solidRatioPct: solidRatio }),
      }
      const event = at(numberCell(attributes, 'clog_s_first_dp_gt_20psi')) ?? firstCrossingAt(points, limit)
      return createFilterLifetime({ unit, cohort, points, event, limit })
    })
    return [{ limit, lifetimes }]
  },
}

const at = (second: number | undefined) => (second === undefined ? undefined : second * secondUnit.ms)
