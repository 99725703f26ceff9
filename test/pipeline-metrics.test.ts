import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connectAsync } from 'mqtt'
import { expect, it, onTestFinished } from 'vitest'
import { hotBatteryRule } from '../rules/testing/rules.ts'
import { eventually } from './support/program.ts'
import { startProgram } from './support/start-program.ts'

const timeout = 90_000

/** Publish the telemetry of a phone with an owner, whose battery is hot from the second reading on. */
async function sendHotReadings(mqttUrl: string): Promise<void> {
  const client = await connectAsync(mqttUrl, { clientId: 'phone-1' })
  const topic = 'pm/v1/devices/phone-1'
  const hello = JSON.stringify({ state: 'online', kind: 'phone', owner: 'u-1' })
  await client.publishAsync(`${topic}/state`, hello, { qos: 1, retain: true })
  const ts = Date.now()
  // Kept by the phone for a day: measured from its arrival.
  const kept = { ts: ts - 86_400_000, hist: true, values: { battery_temp_c: 25 } }
  for (const reading of [kept, { ts, values: { battery_temp_c: 50 } }]) {
    await client.publishAsync(`${topic}/telemetry`, JSON.stringify(reading), { qos: 1 })
  }
  await client.endAsync()
}

it('measures a reading from its arrival to the notice, and no backlog', { timeout }, async () => {
  const catalog = await mkdtemp(join(tmpdir(), 'forewarn-metrics-'))
  onTestFinished(() => rm(catalog, { recursive: true }))
  await writeFile(join(catalog, 'hot.yaml'), `${hotBatteryRule()}then: { notice: battery_replacement }\n`)
  const { httpUrl, mqttUrl } = await startProgram({
    FOREWARN_RULES_CATALOG_DIR: catalog,
    FOREWARN_RULES_DISABLED: '*',
  })
  await sendHotReadings(mqttUrl)
  const text = await eventually(async () => {
    const metrics = await (await fetch(`${httpUrl}/metrics`)).text()
    const isNotified = /finding_to_notice_seconds_count\{channel="inbox"\} 1\n/.test(metrics)
    // The job ends after the notice that it delivers.
    const isDone = /job_seconds_count\{queue="notices",outcome="done"\}/.test(metrics)
    return isNotified && isDone ? metrics : undefined
  })
  const value = (sample: string): number => {
    const line = text.split('\n').find((candidate) => candidate.startsWith(`${sample} `))
    return Number(line?.slice(sample.length + 1))
  }
  expect(value('forewarn_publish_to_commit_seconds_count')).toBe(3)
  expect(value('forewarn_commit_to_finding_seconds_count')).toBe(1)
  for (const stage of ['publish_to_commit', 'commit_to_finding']) {
    expect(value(`forewarn_${stage}_seconds_sum`)).toBeLessThan(60)
  }
  expect(value('forewarn_finding_to_notice_seconds_sum{channel="inbox"}')).toBeLessThan(60)
  expect(value('forewarn_findings_total{rule="phone.battery_hot",kind="phone",state="raised"}')).toBe(1)
  expect(value('forewarn_detector_seconds_count{detector="threshold"}')).toBe(1)
  for (const consumer of ['series', 'rules', 'records', 'relay']) {
    expect(value(`forewarn_batch_entries_count{consumer="${consumer}"}`)).toBeGreaterThanOrEqual(1)
  }
  for (const queue of ['findings', 'notices']) {
    expect(value(`forewarn_job_seconds_count{queue="${queue}",outcome="done"}`)).toBeGreaterThanOrEqual(1)
  }
})
