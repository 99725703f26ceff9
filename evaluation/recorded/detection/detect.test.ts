import { join } from 'node:path'
import { expect, it } from 'vitest'
import { packageRoot } from '../../../lib/package-root.ts'
import { loadKinds } from '../../../rules/files/kinds.ts'
import { validateAndTestRules } from '../../../rules/rule-tests/run-rule-tests.ts'
import { shippedDetectors } from '../../../rules/testing/rules.ts'
import { csv, temporaryFolder } from '../testing/folder.ts'
import { detectInDataset } from './detect.ts'
import { imsBearing } from './ims-bearing.ts'
import { motorBearing } from './motor-bearing.ts'
import { createBearingEngine } from './replay-alarms.ts'
import { computeDetectionMetrics, detectionAsJson } from './summary.ts'
import { detectionTable } from './text-table.ts'

const engine = await createBearingEngine()
const rules = join(packageRoot, 'evaluation', 'recorded', 'rules')

/** A slightly noisy signal. */
const usual = (n: number) => 0.1 + 0.004 * Math.sin(n * 12.9898)

it('the rules pass their own tests', async () => {
  const kinds = await loadKinds(join(rules, 'kinds'))
  const { problems, results } = await validateAndTestRules([join(rules, 'catalog')], {
    kinds,
    detectors: shippedDetectors,
  })
  expect(problems).toEqual([])
  expect(results).toHaveLength(13)
  expect(results.filter(({ outcome }) => outcome.is !== 'passed')).toEqual([])
})

const imsTime = (n: number) =>
  new Date(Date.UTC(2003, 9, 22) + n * 600_000).toISOString().slice(0, 19).replace('T', ' ')

it('ims_bearing: a lead time for failed bearings, and no alarm for what all bearings share', async () => {
  const channels = [1, 2, 3, 4].flatMap((bearing) =>
    ['c1', 'c2'].map((sensor) => `bearing${bearing}${sensor}`),
  )
  const rows = Array.from({ length: 400 }, (_, n) => {
    const load = n < 150 ? 1 : 1.3
    return [
      imsTime(n),
      ...channels.map((name, at) => (n >= 300 && name === 'bearing3c2' ? 0.3 : load * usual(n + 7 * at))),
    ]
  })
  const data = await temporaryFolder({
    'ims_bearing/test1_meanabs.csv': csv(`time,${channels.join(',')}`, rows),
  })
  const detected = await detectInDataset(imsBearing, data, engine)
  expect(computeDetectionMetrics(detected)).toMatchObject({
    failures: 2,
    detected: 1,
    healthySensors: 4,
    sensorsWithFalseAlarm: 0,
    falseAlarms: 0,
    clearedAlarms: 0,
  })
  const { units } = detectionAsJson(detected) as { units: Record<string, { leadHours: number | null }> }
  expect(units['test1 bearing4']?.leadHours).toBeNull()
  expect(units['test1 bearing3']?.leadHours).toBeGreaterThan(14)
  expect(units['test1 bearing3']?.leadHours).toBeLessThan(17)
  expect(detectionTable(detected)).toContain('1 of 2 failures had an alarm active at the end')
})

it('ims_bearing: a test with one sensor at each bearing', async () => {
  const rows = Array.from({ length: 200 }, (_, n) => [
    imsTime(n),
    n < 100 ? usual(n) : 0.5,
    ...[1, 2, 3].map((at) => usual(n + 7 * at)),
  ])
  const data = await temporaryFolder({
    'ims_bearing/test2.csv': csv('time,bearing1,bearing2,bearing3,bearing4', rows),
  })
  expect(computeDetectionMetrics(await detectInDataset(imsBearing, data, engine))).toMatchObject({
    failures: 1,
    detected: 1,
    healthySensors: 3,
    falseAlarms: 0,
  })
})

it('motor_bearing: impulses on one axis are detected, and a cleared alarm is no detection', async () => {
  const kurtosis = (n: number) => 3 + 0.2 * Math.sin(n * 78.233)
  const bearing = (name: string, impulses: (n: number) => boolean) =>
    Array.from({ length: 400 }, (_, n) => [
      name,
      n + 1,
      usual(n),
      usual(n),
      kurtosis(n),
      impulses(n) ? 6 : kurtosis(n),
    ])
  const rows = [
    ...bearing('B1', (n) => n >= 200 && n < 240),
    ...bearing('B2', (n) => n >= 200),
    ...bearing('B3', (n) => n % 40 === 0),
  ]
  const columns = 'bearing,snapshot,h_rms_g,v_rms_g,h_kurtosis,v_kurtosis'
  const data = await temporaryFolder({ 'motor_bearing/features_per_snapshot.csv': csv(columns, rows) })
  const detected = await detectInDataset(motorBearing, data, engine)
  expect(computeDetectionMetrics(detected)).toMatchObject({
    failures: 3,
    detected: 1,
    clearedAlarms: 1,
    healthySensors: 0,
  })
  expect(detected.parts.map(({ firstLastingAlarmAt }) => firstLastingAlarmAt !== undefined)).toEqual([
    false,
    true,
    false,
  ])
})

it('ims_bearing: a file of an unknown test is rejected', async () => {
  const data = await temporaryFolder({ 'ims_bearing/test1.csv': 'time,x\n2003-10-22 12:00:00,1\n' })
  await expect(detectInDataset(imsBearing, data, engine)).rejects.toThrow('no column such as bearing1c1')
  const unknown = await temporaryFolder({ 'ims_bearing/test9.csv': 'time,bearing1\n2003-10-22 12:00:00,1\n' })
  await expect(detectInDataset(imsBearing, unknown, engine)).rejects.toThrow(
    'not known which bearings failed in test9',
  )
})
