import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { freePort } from '../../../test/support/ports.ts'
import { note } from '../../measure/note.ts'
import { startPeerBackends, waitUntilWriting } from '../peer-backends.ts'
import type { Subject } from '../subject.ts'
import { createFlow } from './flow.ts'

/** The newest version for Node 20. */
const version = '4.1.8'
const installation = join(tmpdir(), `forewarn-bench-node-red-${version}`)

/** Node-RED with its best flow that stores durably: no rules, no validation, no deduplication. */
export const nodeRed: Subject = {
  name: 'Node-RED',
  description: `Mosquitto → Node-RED ${version} → InfluxDB, in batches; no rules, no validation, no deduplication`,
  takesAnnouncements: false,
  async start() {
    const executable = await install()
    const backends = await startPeerBackends()
    const userDir = await mkdtemp(join(tmpdir(), 'forewarn-bench-node-red-'))
    const port = await freePort()
    await writeFile(join(userDir, 'settings.js'), settingsFile(port))
    const flow = createFlow({ mqttPort: backends.mqttPort, influxUrl: backends.influx.url })
    await writeFile(join(userDir, 'flows.json'), JSON.stringify(flow))
    const server = launch(executable, userDir)
    const written = async () => {
      const response = await fetch(`http://127.0.0.1:${port}/written`)
      return ((await response.json()) as { written: number }).written
    }
    const before = await waitUntilWriting(backends.mosquitto.url, written)
    return {
      port: backends.mqttPort,
      historyStart: Date.now(),
      pids: [server.pid ?? 0, ...backends.pids],
      sample: async () => ({}),
      drained: async () => (await written()) - before,
      async stop() {
        const stored = await backends.stop()
        server.kill('SIGTERM')
        await once(server, 'exit')
        await rm(userDir, { recursive: true, force: true })
        return stored
      },
    }
  },
}

/** Install Node-RED with npm into a temporary folder, once. @returns its script */
async function install(): Promise<string> {
  const script = join(installation, 'node_modules', 'node-red', 'red.js')
  if (existsSync(script)) return script
  note(`installing Node-RED ${version} into ${installation}`)
  await mkdir(installation, { recursive: true })
  await writeFile(join(installation, 'package.json'), '{ "private": true }')
  const args = ['install', '--no-audit', '--no-fund', '--omit=dev', '--save-exact', `node-red@${version}`]
  await promisify(execFile)('npm', args, { cwd: installation })
  return script
}

function settingsFile(port: number): string {
  const settings = {
    uiPort: port,
    uiHost: '127.0.0.1',
    httpAdminRoot: false,
    flowFile: 'flows.json',
    credentialSecret: false,
    diagnostics: { enabled: false },
    telemetry: { enabled: false },
    logging: { console: { level: 'error', metrics: false, audit: false } },
  }
  return `module.exports = ${JSON.stringify(settings)}`
}

function launch(script: string, userDir: string): ChildProcess {
  const server = spawn(process.execPath, [script, '--userDir', userDir], {
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  server.stderr.on('data', (chunk: Buffer) => note(`Node-RED: ${chunk.toString().trim()}`))
  return server
}
