import { digits } from '../measure/format-table.ts'
import type { Section } from '../section.ts'
import { forewarnWithoutRules, forewarnWithRules } from '../subjects/forewarn/forewarn.ts'
import { limitServer } from '../subjects/limit/limit-server.ts'
import { measurePipelines } from './pipeline.ts'
import { mediansOf } from './pipeline-section.ts'

/** Nothing can be done together here: each message is a commit of its own. */
const load = { connections: 1, inFlight: 1, maxReadings: 300_000 }

export const singleSection: Section = {
  name: 'single',
  title: 'One device, one message at a time',
  async run({ rounds: count, seconds }) {
    const subjects = [limitServer, forewarnWithRules, forewarnWithoutRules]
    const { rounds, failures } = await measurePipelines(subjects, {
      rounds: count,
      load: { ...load, seconds },
    })
    const medians = [...rounds].map(([name, each]) => ({ name, ...mediansOf(each) }))
    const limit = medians.find(({ name }) => name === limitServer.name)
    const columns = [
      '',
      'CPU µs/reading',
      ': limit server',
      'readings/s',
      'PUBACK p50 ms',
      'p99 ms',
      'others on the machine',
    ]
    const rows = medians.map((each) => [
      each.name,
      digits(each.cpuUsPerReading),
      digits(each.cpuUsPerReading / (limit?.cpuUsPerReading ?? Number.NaN)),
      digits(each.acknowledgedPerSecond),
      digits(each.pubackP50Ms),
      digits(each.pubackP99Ms),
      `${Math.round(100 * each.others)} %`,
    ])
    return {
      tables: [{ title: 'Medians of the rounds; CPU of all server processes', columns, rows }],
      notes: medians.map(
        ({ name, readings }) => `${name}: ${readings} readings acknowledged and found again in its store`,
      ),
      data: Object.fromEntries(rounds),
      failures,
    }
  },
}
