import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { connectAsync } from 'mqtt'
import { expect, it, onTestFinished } from 'vitest'
import { eventually } from '../support/program.ts'
import { startProgram } from '../support/start-program.ts'
import { begin, terminate } from '../up/begin.ts'

const timeout = 180_000

it('a kind that vanished: its readings are quarantined, its rules left out, the others go on', {
  timeout,
}, async () => {
  const rules = await mkdtemp(join(tmpdir(), 'forewarn-rules-'))
  onTestFinished(() => rm(rules, { recursive: true, force: true }))
  // A kind and a rule on top of the shipped ones.
  for (const [from, to] of [
    ['kinds/phone.yaml', 'kinds/gadget.yaml'],
    ['catalog/phone.battery_worn.yaml', 'catalog/gadget.battery_worn.yaml'],
  ] as const) {
    await mkdir(dirname(join(rules, to)), { recursive: true })
    await writeFile(
      join(rules, to),
      (await readFile(join('rules', from), 'utf8')).replaceAll('phone', 'gadget'),
    )
  }
  const env = {
    FOREWARN_DATA_DIR: join(rules, 'data'),
    FOREWARN_RULES_KINDS_DIR: join(rules, 'kinds'),
    FOREWARN_RULES_CATALOG_DIR: join(rules, 'catalog'),
  }
  const devices = {
    'gadget-1': ['gadget', 'battery_health_pct'],
    'washer-1': ['washing_machine', 'drum_vibration_g'],
  }
  const send = async (mqttUrl: string, value: number) => {
    for (const [clientId, [kind, metric]] of Object.entries(devices)) {
      const client = await connectAsync(mqttUrl, { clientId })
      const hello = JSON.stringify({ state: 'online', kind })
      await client.publishAsync(`pm/v1/devices/${clientId}/state`, hello, { qos: 1, retain: true })
      const reading = JSON.stringify({ ts: Date.now(), values: { [metric ?? '']: value } })
      await client.publishAsync(`pm/v1/devices/${clientId}/telemetry`, reading, { qos: 1 })
      await client.endAsync()
    }
  }
  const first = await startProgram(env)
  await send(first.mqttUrl, 1)
  await terminate(first.program)

  await rm(join(rules, 'kinds', 'gadget.yaml'))
  const complaint = begin(env)
  expect((await complaint.waitForExit()).code).toBe(1)
  expect(complaint.stderr).toMatch(/gadget\.battery_worn\.yaml:\d+:\d+: /)

  await rm(join(rules, 'catalog', 'gadget.battery_worn.yaml'))
  const second = await startProgram(env)
  await send(second.mqttUrl, 2)
  const get = async <T>(path: string) => (await (await fetch(`${second.httpUrl}${path}`)).json()) as T
  const reasons = await eventually(async () => {
    const { items } = await get<{ items: { reason: string }[] }>('/api/quarantine')
    return items.length === 2 ? items.map(({ reason }) => reason) : undefined
  })
  expect(reasons).toEqual(['unknown_kind', 'unknown_kind'])
  type Latest = { latest: { value: number }[] }
  expect((await get<Latest>('/api/devices/washer-1')).latest).toMatchObject([{ value: 2 }])
  expect((await get<Latest>('/api/devices/gadget-1')).latest).toMatchObject([{ value: 1 }])
  const { checks } = await get<{ checks: { ok: boolean }[] }>('/readyz')
  expect(checks.length).toBeGreaterThan(0)
  expect(checks.filter(({ ok }) => !ok)).toEqual([])
  expect((await terminate(second.program)).code).toBe(0)
})
