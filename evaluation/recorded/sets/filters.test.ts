import { describe, expect, it } from 'vitest'
import { firstCrossingAt } from '../baselines/first-passage.ts'
import { csv, temporaryFolder } from '../testing/folder.ts'
import { airFilter } from './air-filter.ts'
import { liquidFilter } from './liquid-filter.ts'

const seconds = (count: number, value: (second: number) => number) =>
  Array.from({ length: count }, (_, second) => ['1', second, value(second)])

describe('liquid_filter', () => {
  const runs = csv(
    'sample,time_s,pressure_drop_psi',
    seconds(60, (second) => second / 2),
  )

  it('ends at the time of clogging in samples.csv, and is cut there', async () => {
    const samples = csv('sample,particle_um,solid_ratio_pct,clog_s_first_dp_gt_20psi', [
      ['1', '45-53', 0.4, 40.3],
    ])
    const [task] = await liquidFilter.read(
      await temporaryFolder({ 'runs_1hz.csv': runs, 'samples.csv': samples }),
    )
    const [life] = task?.lifetimes ?? []
    expect(life).toMatchObject({
      event: 40_300,
      lifetime: { cohort: { particleUm: '45-53', solidRatioPct: 0.4 }, startedAt: 0 },
    })
    expect(task && firstCrossingAt(life?.lifetime.points ?? [], task.limit)).toBe(40_300)
    expect(life?.lifetime.points).toHaveLength(42)
    expect(life?.forecastTimes.map((at) => at / 1000)).toEqual([15, 20, 25, 30, 35, 40])
  })

  it('ends at the first reading beyond the limit, without samples.csv', async () => {
    const [task] = await liquidFilter.read(await temporaryFolder({ 'runs_1hz.csv': runs }))
    expect(task?.lifetimes[0]).toMatchObject({ event: 41_000, lifetime: { cohort: {} } })
  })

  it('has no event when it did not clog', async () => {
    const clean = csv(
      'sample,time_s,pressure_drop_psi',
      seconds(60, () => 1),
    )
    const [task] = await liquidFilter.read(await temporaryFolder({ 'runs_1hz.csv': clean }))
    expect(task?.lifetimes[0]).not.toHaveProperty('event')
  })
})

describe('air_filter', () => {
  it('ends at the label of the source', async () => {
    const rows = seconds(60, (second) => 10 * second).map((row) => [...row, 59.4 - Number(row[1])])
    const files = {
      'runs_1hz.csv': csv('run,time_s,dp_pa,rul_s', rows),
      'runs.csv': csv('run,filter,dust,feed_rate', [['1', 'thick', 'A3', 2]]),
    }
    const [task] = await airFilter.read(await temporaryFolder(files))
    const [life] = task?.lifetimes ?? []
    expect(life).toMatchObject({
      event: 59_400,
      lifetime: { cohort: { feedRate: 2, filter: 'thick', dust: 'A3' } },
    })
    expect(task && firstCrossingAt(life?.lifetime.points ?? [], task.limit)).toBe(59_400)
  })

  it('ends at 600 Pa without a label', async () => {
    const text = csv(
      'run,time_s,dp_pa',
      seconds(80, (second) => 10 * second),
    )
    const [task] = await airFilter.read(await temporaryFolder({ 'runs_1hz.csv': text }))
    expect(task?.lifetimes[0]?.event).toBe(61_000)
  })
})
