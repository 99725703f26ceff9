import { setTimeout as sleep } from 'node:timers/promises'
import { Load } from '../load/load.ts'
import { measureProcesses } from '../measure/cpu.ts'
import { digits } from '../measure/format-table.ts'
import type { Section } from '../section.ts'
import { prepareClonedFolder } from '../subjects/forewarn/cloned-folder.ts'
import { countStoredReadings, ForewarnProgram, pinnedRules } from '../subjects/forewarn/forewarn-program.ts'

const connections = 15_000
const settleMs = 3_000

/** Many connections, each with one message in flight. The limit of open files must be above them. */
export const connectionsSection: Section = {
  name: 'connections',
  title: `${connections} connections × 1 in flight`,
  isLong: true,
  async run({ seconds }) {
    const { dataDir, historyStart } = await prepareClonedFolder(connections)
    const env = { ...pinnedRules, FOREWARN_MQTT_MAX_CONNECTIONS: `${connections + 100}` }
    const program = await ForewarnProgram.start({ template: dataDir, env })
    const load = new Load()
    try {
      await program.waitUntilDrained()
      await sleep(settleMs)
      const empty = await measureProcesses([program.pid])
      const startedAt = Date.now()
      const boot = Math.floor(startedAt / 1_000)
      const port = program.mqttPort
      const devices = connections
      await load.run({ type: 'connect', port, connections, devices, historyStart, boot, announce: false })
      const connectSeconds = (Date.now() - startedAt) / 1_000
      const connected = await measureProcesses([program.pid])
      await program.metrics()
      const result = await load.run({ type: 'full', inFlight: 1, seconds, maxReadings: 1_000_000 })
      const { eventLoopP99Ms } = await program.metrics()
      await program.waitUntilDrained()
      const after = await measureProcesses([program.pid])
      await load.stop()
      await program.end()
      const stored = await countStoredReadings(program.dataDir, startedAt)
      const figures = {
        connectSeconds,
        bytesPerConnection: (connected.memoryBytes - empty.memoryBytes) / connections,
        cpuUsPerReading: ((after.cpuSeconds - connected.cpuSeconds) / result.acknowledged) * 1e6,
        acknowledgedPerSecond: result.acknowledged / result.seconds,
        pubackP50Ms: result.pubackP50Ms,
        pubackP99Ms: result.pubackP99Ms,
        eventLoopP99Ms,
        memoryMiB: after.memoryBytes / 2 ** 20,
        readings: stored,
      }
      return {
        ...toResult(figures),
        failures:
          stored === result.acknowledged
            ? []
            : [`${result.acknowledged} readings were acknowledged, ${stored} are in the series`],
      }
    } finally {
      await load.stop()
      await program.remove()
    }
  },
}

function toResult(figures: Readonly<Record<string, number>>) {
  return {
    tables: [
      {
        title: 'One round',
        columns: Object.keys(figures),
        rows: [Object.values(figures).map(digits)],
      },
    ],
    notes: [
      'the load generator connects 200 at a time; each device is registered and has half a year of state',
    ],
    data: figures,
  }
}
