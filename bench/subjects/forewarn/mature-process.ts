import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { loadSettings } from '../../../app/settings/load.ts'
import { startForewarn } from '../../../app/wiring/start-forewarn.ts'
import { readMetric } from './read-metric.ts'

const pollMs = 500

/**
 * The program without the passing of time: readings of past days are current to it, as if they had arrived then. Listens on
 * the port that it sends to its parent, and ends when everything is processed after a message from it.
 */
const { settings } = loadSettings({ env: process.env, cwd: process.cwd() })
let failure: unknown
const forewarn = await startForewarn({
  settings,
  version: 'bench',
  now: Date.now,
  passTime: false,
  onError: (error) => {
    failure ??= error
  },
})
process.send?.({ port: Number(new URL(forewarn.mqttUrl).port) })
await once(process, 'message')
for (;;) {
  const metrics = await fetch(`${forewarn.httpUrl}/metrics`)
  if (readMetric(await metrics.text(), 'forewarn_consumer_lag_entries') === 0) break
  await sleep(pollMs)
}
const findings = (await forewarn.findings()).map(({ rule, state }) => `${rule} ${state}`)
await forewarn.stop()
if (failure !== undefined) throw failure
process.send?.({ findings })
process.disconnect()
