import { join } from 'node:path'
import { expect, it } from 'vitest'
import { packageRoot } from '../../../lib/package-root.ts'
import { loadKinds } from '../../../rules/files/kinds.ts'
import { validateAndTestRules } from '../../../rules/rule-tests/run-rule-tests.ts'
import { shippedDetectors } from '../../../rules/testing/rules.ts'
import { csv, temporaryFolder } from '../testing/folder.ts'
import { detectInDataset, motorBearing } from './detect.ts'
import { imsBearing } from './ims-bearing.ts'
import { createBearingEngine } from './replay-alarms.ts'
import { computeDetectionMetrics, detectionAsJson } from './summary.ts'
import { detectionTable } from './text-table.ts'

const engine = await createBearingEngine()
const rules = join(packageRoot, 'evaluation', 'recorded', 'rules')

/** A slightly noisy signal. */
const usual = (n: number) => 0.1 + 0.004 * Math.sin(n * 12.9898)

it('the rule passes its own tests', async () => {
  const kinds = await loadKinds(join(rules, 'kinds'))
  const { problems, results } = await validateAndTestRules([join(rules, 'catalog')], {
    kinds,
    detectors: shippedDetectors,
  })
  expect(problems).toEqual([])
  expect(results.map(({ outcome }) => outcome.is)).toEqual(['passed', 'passed'])
})

it('ims_bearing: a lead time for failed bearings, and false alarms on healthy ones', async () => {
  const rows = Array.from({ length: 400 }, (_, n) => {
    const time = new Date(Date.UTC(2003, 9, 22) + n * 600_000).toISOString().slice(0, 19).replace('T', ' ')
    return [time, usual(n), usual(n), usual(n + 7), n < 300 ? usual(n) : 0.3]
  })
  const data = await temporaryFolder({
    'ims_bearing/test1_meanabs.csv': csv('time,bearing1c1,bearing1c2,bearing3c1,bearing3c2', rows),
  })
  const detected = await detectInDataset(imsBearing, data, engine)
  expect(computeDetectionMetrics(detected)).toMatchObject({
    failures: 1,
    detected: 1,
    healthySensors: 2,
    sensorsWithFalseAlarm: 0,
    falseAlarms: 0,
    clearedAlarms: 0,
  })
  const { units } = detectionAsJson(detected) as { units: Record<string, { leadHours: number | null }> }
  expect(units['test1 bearing1']?.leadHours).toBeNull()
  expect(units['test1 bearing3']?.leadHours).toBeGreaterThan(14)
  expect(units['test1 bearing3']?.leadHours).toBeLessThan(17)
  expect(detectionTable(detected)).toContain('1 of 1 failures had an alarm active at the end')
})

it('motor_bearing: a cleared alarm is not a detection', async () => {
  const rows = Array.from({ length: 400 }, (_, n) => [
    'B1',
    n + 1,
    n >= 200 && n < 240 ? 0.3 : usual(n),
    usual(n),
  ])
  const data = await temporaryFolder({
    'motor_bearing/features_per_snapshot.csv': csv('bearing,snapshot,h_rms_g,v_rms_g', rows),
  })
  const figures = computeDetectionMetrics(await detectInDataset(motorBearing, data, engine))
  expect(figures).toMatchObject({
    failures: 1,
    detected: 0,
    medianLead: null,
    clearedAlarms: 1,
    healthySensors: 0,
  })
})

it('ims_bearing: a file of an unknown test is rejected', async () => {
  const data = await temporaryFolder({ 'ims_bearing/test1.csv': 'time,x\n2003-10-22 12:00:00,1\n' })
  await expect(detectInDataset(imsBearing, data, engine)).rejects.toThrow('no column such as bearing1c1')
  const unknown = await temporaryFolder({ 'ims_bearing/test9.csv': 'time,bearing1\n2003-10-22 12:00:00,1\n' })
  await expect(detectInDataset(imsBearing, unknown, engine)).rejects.toThrow(
    'not known which bearings failed in test9',
  )
})
