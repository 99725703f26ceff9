import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connectAsync } from 'mqtt'
import { expect, it, onTestFinished } from 'vitest'
import { eventually } from '../support/program.ts'
import { runCommand } from '../support/run-command.ts'
import { startProgram } from '../support/start-program.ts'

interface Listed {
  counts: { reason: string; kind: string | null; count: number }[]
  items: { id: string; reason: string; device: string }[]
}

interface Retried {
  counts: { stored: number; duplicate: number; quarantined: number; unknown: number }
}

it('keeps rejected messages in full over a kill, and stores them after their kind was added', {
  timeout: 180_000,
}, async () => {
  const folder = await mkdtemp(join(tmpdir(), 'forewarn-quarantine-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  const kindsDir = join(folder, 'kinds')
  await cp(join('rules', 'kinds'), kindsDir, { recursive: true })
  const env = { FOREWARN_DATA_DIR: join(folder, 'data'), FOREWARN_RULES_KINDS_DIR: kindsDir }

  const first = await startProgram(env)
  const device = 'gadget-1'
  const client = await connectAsync(first.mqttUrl, { clientId: device })
  const announcement = JSON.stringify({ state: 'online', kind: 'gadget' })
  await client.publishAsync(`pm/v1/devices/${device}/state`, announcement, { qos: 1, retain: true })
  const begin = Date.now() - 3_600_000
  const telemetry = `pm/v1/devices/${device}/telemetry`
  const sent = Array.from({ length: 500 }, (_, seq) =>
    JSON.stringify({ ts: begin + seq, values: { battery_health_pct: 90 }, boot: 1, seq }),
  )
  await Promise.all(sent.map((reading) => client.publishAsync(telemetry, reading, { qos: 1 })))
  const large = `{"note": "${'ü'.repeat(100_000)}"`
  await client.publishAsync(telemetry, large, { qos: 1 })
  await first.program.terminate('SIGKILL')
  await client.endAsync(true)

  const gadget = (await readFile(join(kindsDir, 'phone.yaml'), 'utf8')).replaceAll('phone', 'gadget')
  await writeFile(join(kindsDir, 'gadget.yaml'), gadget)
  const { httpUrl } = await startProgram(env)
  const command = async <T>(...args: string[]) =>
    (await runCommand(['quarantine', ...args, '--json', '--url', httpUrl])).result<T>()
  const listed = await eventually(async () => {
    const list = await command<Listed>('list')
    return list.counts.reduce((sum, { count }) => sum + count, 0) === 502 ? list : undefined
  })
  expect(listed.counts).toMatchObject([
    { reason: 'unknown_device', count: 500 },
    { reason: 'not_json', count: 1 },
    { reason: 'unknown_kind', kind: 'gadget', count: 1 },
  ])
  const [text] = (await command<Listed>('list', '--reason', 'not_json', '--device', device)).items
  expect(await command('show', text?.id ?? '')).toMatchObject({ payload: large, encoding: 'text' })

  const expected = { stored: 501, duplicate: 0, quarantined: 1, unknown: 0 }
  expect(await command<Retried>('retry', '--device', device, '--dry-run')).toMatchObject({ counts: expected })
  expect(await command<Retried>('retry', '--device', device)).toMatchObject({ counts: expected })
  expect(await command<Retried>('retry', '--all')).toMatchObject({
    counts: { stored: 0, duplicate: 0, quarantined: 1, unknown: 0 },
  })
  const series = `${httpUrl}/api/devices/${device}`
  await eventually(async () => {
    const { latest = [] } = (await (await fetch(series)).json()) as { latest?: { ts: string }[] }
    return latest.length === 1 ? true : undefined
  })
  const metrics = await (await fetch(`${httpUrl}/metrics`)).text()
  expect(metrics).toContain('forewarn_quarantine_retried_total{outcome="stored"} 501')
  expect(metrics).toContain('forewarn_quarantine_waiting 1')
})
