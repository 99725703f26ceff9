import { join } from 'node:path'
import { failureProbability, fitHazardModel, type HazardLook } from '../../../rules/survival/hazard-model.ts'
import { groupByColumn, numberCell, type Row, readOptionalTable, readTable } from '../csv.ts'
import { bootstrapInterval, formatInterval, roundInterval } from '../figures/bootstrap.ts'
import type { TableScore } from '../tables/table-score.ts'
import { type AlarmOutcome, alarmFigures, areaUnderCurve, expectedOverObserved } from './alarm-figures.ts'
import { foldsOf } from './folds.ts'
import type { LifetimeDataset } from './lifetime-dataset.ts'

const unitColumns = ['unit', 'model', 'from_hours', 'to_hours', 'failed', 'weight']
const readingColumns = ['unit', 'from_hours']
const counters = [5, 10, 12, 187, 188, 189, 196, 197, 198].map((id) => `smart_${id}`)
/** Counters of damage whose presence alone is an alarm in simple monitors. */
const damageCounters = [5, 187, 188, 197, 198].map((id) => `smart_${id}`)
const intervalH = 720
/** Increases are counted over this many intervals. */
const recentIntervals = 3
const horizonsH = [168, 2160]
const hoursPerYear = 8766
/** Healthy disks with an alarm that are allowed in a disk-year. */
const maxFalsePerYear = 0.017
const repetitions = 300

/** Hard disks of a real fleet, looked at every 30 days. */
export const diskSmart: LifetimeDataset = {
  name: 'disk_smart',
  title: 'Hard disks in the field, failure within 30 days',
  async score(folder, training) {
    const disks = await readDisks(folder)
    const others = training === undefined ? undefined : await readDisks(training)
    return summarize(scoreDisks(disks, others))
  },
}

interface Disk {
  unit: string
  failed: boolean
  weight: number
  fromH: number
  toH: number
  looks: readonly HazardLook[]
}

async function readDisks(folder: string): Promise<Disk[]> {
  const units = await readOptionalTable(join(folder, 'units.csv'), unitColumns)
  const readings = groupByColumn(await readTable(join(folder, 'readings.csv'), readingColumns), 'unit')
  return units.flatMap((row): Disk[] => {
    const [fromH, toH] = [numberCell(row, 'from_hours'), numberCell(row, 'to_hours')]
    const { unit = '', model = '' } = row
    if (fromH === undefined || toH === undefined || toH <= fromH) return []
    const failed = numberCell(row, 'failed') === 1
    const weight = numberCell(row, 'weight') ?? 1
    const own = { unit, failed, weight, fromH, toH }
    return [{ ...own, looks: looksOf(own, model, readings.get(unit) ?? []) }]
  })
}

/** Return what was known of a disk every 30 days from its first reading on. */
function looksOf(
  { failed, weight, fromH, toH }: Omit<Disk, 'looks'>,
  cohort: string,
  rows: readonly Row[],
): HazardLook[] {
  const steps = rows
    .flatMap((row) => {
      const at = numberCell(row, 'from_hours')
      return at === undefined ? [] : [{ at, values: counters.map((name) => numberCell(row, name)) }]
    })
    .sort((a, b) => a.at - b.at)
  const valueAt = (at: number, n: number) =>
    steps.findLast((step) => step.at <= at && step.values[n] !== undefined)?.values[n]
  const count = Math.ceil((toH - fromH) / intervalH)
  return Array.from({ length: count }, (_, look): HazardLook => {
    const age = fromH + look * intervalH
    const before = Math.max(fromH, age - recentIntervals * intervalH)
    const levels = counters.flatMap((name, n) => {
      const level = valueAt(age, n)
      if (level === undefined) return []
      return [[name, { level, increase: Math.max(0, level - (valueAt(before, n) ?? level)) }] as const]
    })
    return { age, until: toH, failed, weight, cohort, counters: Object.fromEntries(levels) }
  })
}

/** Score of one look by each method. */
interface ScoredLook extends AlarmOutcome {
  /** Probability of a failure within the part of the interval that was observed. */
  expected: number
  /** Number of damage counters above 0, and whether reported uncorrectable errors are. */
  damaged: number
  uncorrectable: number
}

interface ScoredDisk extends Omit<Disk, 'looks'> {
  looks: readonly ScoredLook[]
}

function scoreDisks(disks: readonly Disk[], others: readonly Disk[] | undefined): ScoredDisk[] {
  return foldsOf(disks, others).flatMap(({ test, training }) => {
    const model = fitHazardModel(
      training.flatMap(({ looks }) => looks),
      { counters, interval: intervalH, horizons: horizonsH },
    )
    return test.map((disk) => ({
      ...disk,
      looks: disk.looks.map((look): ScoredLook => {
        const remainingH = look.until - look.age
        const fails = look.failed && remainingH <= intervalH
        const probability = failureProbability(model, look)
        const observed = fails ? 1 : Math.min(1, remainingH / intervalH)
        const isAbove = (name: string) => (look.counters[name]?.level ?? 0) > 0
        return {
          score: probability,
          fails,
          isWhole: fails || remainingH >= intervalH,
          expected: 1 - (1 - probability) ** observed,
          damaged: damageCounters.filter(isAbove).length,
          uncorrectable: isAbove('smart_187') ? 1 : 0,
        }
      }),
    }))
  })
}

function summarize(disks: readonly ScoredDisk[]): TableScore {
  const years = disks.map(({ weight, fromH, toH }) => (weight * (toH - fromH)) / hoursPerYear)
  const units = disks.map((disk, n) => ({ ...disk, years: years[n] ?? 0 }))
  const interval = (figureOf: (counts: Float64Array) => number) =>
    bootstrapInterval(units.length, repetitions, figureOf)
  const by = (scoreOf: (look: ScoredLook) => number) =>
    units.map((unit) => ({ ...unit, looks: unit.looks.map((look) => ({ ...look, score: scoreOf(look) })) }))
  const recall = interval((counts) => alarmFigures(units, counts, { maxFalsePerYear }).recall)
  const auc = interval(areaUnderCurve(units))
  const ratio = interval((counts) => expectedOverObserved(units, counts))
  const all = new Float64Array(units.length).fill(1)
  const { falsePerYear, threshold } = alarmFigures(units, all, { maxFalsePerYear })
  const [damaged, uncorrectable] = [by(({ damaged: count }) => count), by((look) => look.uncorrectable)]
  const above = { aboveScore: 0 }
  const anyDamage = alarmFigures(damaged, all, above)
  const reported = alarmFigures(uncorrectable, all, above)
  const countAuc = areaUnderCurve(damaged)(all)
  const reportedAuc = areaUnderCurve(uncorrectable)(all)
  const failures = units.filter(({ failed }) => failed).length
  return {
    rows: [
      ['', 'recall', 'healthy disks alarmed a disk-year', 'AUC', 'expected/observed'],
      [
        'Forewarn',
        formatInterval(recall),
        falsePerYear.toFixed(4),
        formatInterval(auc, 3),
        formatInterval(ratio),
      ],
      [
        'any of 5, 187, 188, 197, 198 above 0',
        anyDamage.recall.toFixed(2),
        anyDamage.falsePerYear.toFixed(4),
        countAuc.toFixed(3),
        '',
      ],
      [
        '187 above 0',
        reported.recall.toFixed(2),
        reported.falsePerYear.toFixed(4),
        reportedAuc.toFixed(3),
        '',
      ],
    ],
    remarks: [
      `${units.length} disks, ${failures} failed, weighted by the fleet they stand for; alarms of Forewarn at a probability of ${threshold.toFixed(4)}; in parentheses intervals at 95 % over disks`,
    ],
    json: {
      disks: units.length,
      failures,
      recall: roundInterval(recall),
      falsePerDiskYear: falsePerYear,
      threshold,
      auc: roundInterval(auc),
      expectedOverObserved: roundInterval(ratio),
      baselines: {
        anyCounterAboveZero: { ...anyDamage, auc: countAuc },
        uncorrectableAboveZero: { ...reported, auc: reportedAuc },
      },
    },
  }
}
