import { fork } from 'node:child_process'
import { once } from 'node:events'
import { startPeerBackends, waitUntilWriting } from '../peer-backends.ts'
import type { Subject } from '../subject.ts'

/** What one writes in an afternoon. */
export const plainScript: Subject = {
  name: 'mqtt.js script',
  description:
    'Mosquitto → 40 lines with mqtt.js → InfluxDB, in batches; no rules, no validation, no deduplication',
  takesAnnouncements: false,
  async start() {
    const backends = await startPeerBackends()
    const script = fork(new URL('./script-process.ts', import.meta.url), [
      backends.mosquitto.url,
      backends.influx.url,
    ])
    const written = async () => {
      script.send('written')
      return ((await once(script, 'message')) as [{ written: number }])[0].written
    }
    const before = await waitUntilWriting(backends.mosquitto.url, written)
    return {
      port: backends.mqttPort,
      historyStart: Date.now(),
      pids: [script.pid ?? 0, ...backends.pids],
      sample: async () => ({}),
      drained: async () => (await written()) - before,
      async stop() {
        const stored = await backends.stop()
        script.kill('SIGTERM')
        await once(script, 'exit')
        return stored
      },
    }
  },
}
