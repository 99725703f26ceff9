import { copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connectAsync } from 'mqtt'
import { beforeEach, expect, it, onTestFinished } from 'vitest'
import { packageRoot } from '../lib/package-root.ts'
import { hourMs } from '../lib/time.ts'
import { eventually, runProgram } from './support/program.ts'
import { startProgram } from './support/start-program.ts'

const example = join(packageRoot, 'docs', 'example-plugin')
const plugin = join(example, 'plugin.js')

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'forewarn-plugins-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
})

async function sendWarmFridge(mqttUrl: string): Promise<void> {
  const client = await connectAsync(mqttUrl, { clientId: 'fridge-1' })
  const topic = 'pm/v1/devices/fridge-1'
  const hello = JSON.stringify({ state: 'online', kind: 'refrigerator', owner: 'u-1' })
  await client.publishAsync(`${topic}/state`, hello, { qos: 1, retain: true })
  const first = Date.now() - 4 * hourMs
  for (const [index, fridge_temp_c] of [4, 11, 11, 11].entries()) {
    const reading = { ts: first + index * hourMs, values: { fridge_temp_c } }
    await client.publishAsync(`${topic}/telemetry`, JSON.stringify(reading), { qos: 1 })
  }
  await client.endAsync()
}

it('raises what the detector of a plugin finds, and sends it by the channel of the plugin', async () => {
  await mkdir(join(folder, 'catalog'))
  await copyFile(join(example, 'sample.yaml'), join(folder, 'catalog', 'sample.yaml'))
  const notices = join(folder, 'notices.jsonl')
  const { mqttUrl } = await startProgram({
    FOREWARN_DATA_DIR: join(folder, 'data'),
    FOREWARN_RULES_CATALOG_DIR: join(folder, 'catalog'),
    FOREWARN_RULES_DISABLED: '*',
    FOREWARN_PLUGINS: plugin,
    LOGFILE_CHANNEL: notices,
  })
  await sendWarmFridge(mqttUrl)
  const line = await eventually(() => readFile(notices, 'utf8').catch(() => undefined))
  expect(JSON.parse(line)).toMatchObject({
    user: 'u-1',
    device: 'fridge-1',
    evidence: { detector: 'range', metric: 'fridge_temp_c', unit: 'Cel', value: 11, limit: 8 },
  })
})

it('does not start without a plugin that it is told to load', async () => {
  const broken = join(folder, 'broken.mjs')
  await writeFile(broken, 'export default { detectors: 3 }')
  for (const args of [['up'], ['rules', 'check']]) {
    const program = await runProgram(args, {
      FOREWARN_DATA_DIR: join(folder, 'data'),
      FOREWARN_HTTP_PORT: '0',
      FOREWARN_MQTT_PORT: '0',
      FOREWARN_PLUGINS: broken,
    })
    expect(program.child.exitCode).toBe(1)
    expect(program.stderr).toContain(`forewarn: plugin ${broken} is no plugin: detectors: `)
    expect(program.stderr).not.toMatch(/^\s+at /m)
  }
})

it('reports a rule whose detector is not there, with the place', async () => {
  const program = await runProgram(['rules', 'check', join(example, 'sample.yaml')])
  expect(program.child.exitCode).toBe(1)
  expect(program.stderr).toContain('sample.yaml:5:3: unknown key "range"')
})
