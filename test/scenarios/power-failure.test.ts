import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connectAsync } from 'mqtt'
import { expect, it, onTestFinished } from 'vitest'
import { openLmdbJournal } from '../../store/journal/lmdb/lmdb-journal.ts'
import { compileShim, restoreDurableFiles, shimEnvironment } from '../power-failure/shim.ts'
import { findExecutable } from '../support/executables.ts'
import { startProgram } from '../support/start-program.ts'

const readings = 400
const gcc = findExecutable('gcc')

it.skipIf(gcc === undefined)(
  'a power failure of the journal costs no acknowledged reading',
  { timeout: 120_000 },
  async () => {
    const home = await mkdtemp(join(tmpdir(), 'forewarn-power-'))
    onTestFinished(() => rm(home, { recursive: true, force: true }))
    const [dataDir, journalDir] = [join(home, 'data'), join(home, 'data', 'journal')]
    await mkdir(journalDir, { recursive: true })
    const shim = shimEnvironment(compileShim(gcc ?? '', home), { folder: journalDir, earlyPercent: 30 })
    const { program, mqttUrl } = await startProgram({ FOREWARN_DATA_DIR: dataDir, ...shim })
    const client = await connectAsync(mqttUrl, { clientId: 'phone-1', reconnectPeriod: 0 })
    client.on('error', () => undefined) // The power failure.
    onTestFinished(() => client.endAsync(true))
    const topic = 'pm/v1/devices/phone-1'
    const device = JSON.stringify({ state: 'online', kind: 'phone', owner: 'ada' })
    await client.publishAsync(`${topic}/state`, device, { qos: 1, retain: true })
    const begin = Date.now() - 1_000_000
    const acknowledged = new Set<number>()
    for (let n = 0; n < readings; n++) {
      const reading = { ts: begin + n, boot: 1, seq: n, values: { battery_cycles: n } }
      client
        .publishAsync(`${topic}/telemetry`, JSON.stringify(reading), { qos: 1 })
        .then(() => acknowledged.add(reading.ts))
        .catch(() => undefined) // Not acknowledged: the device would send it again.
      if (n % 20 === 19) await expect.poll(() => acknowledged.size, { interval: 5 }).toBeGreaterThan(n - 100)
    }
    await program.terminate('SIGKILL')
    restoreDurableFiles(journalDir)

    const journal = await openLmdbJournal({ dir: journalDir, maxBytes: 2 ** 30, keepEntries: 0 })
    const kept = new Set<number>()
    for await (const { entries } of journal.scan('telemetry', 0))
      for (const entry of entries) if (entry.type === 'reading') kept.add(entry.reading.ts)
    await journal.close()
    expect(acknowledged.size).toBeGreaterThan(readings / 2)
    expect([...acknowledged].filter((ts) => !kept.has(ts))).toEqual([])
  },
)
