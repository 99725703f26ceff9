import { describe, expect, it } from 'vitest'
import { chaos } from './chaos/chaos.ts'
import type { PartsName } from './chaos/parts.ts'
import { findPart, type Part } from './support/parts.ts'

const needed: Record<PartsName, readonly Part[]> = {
  embedded: [],
  production: ['mosquitto', 'redis-server', 'postgres', 'influxd'],
}
const missing = (parts: PartsName) => needed[parts].map(findPart).includes(undefined)
const patienceMs = 120_000

describe.each([
  ['embedded', { faults: 4, seed: 3 }],
  ['production', { faults: 6, seed: 5 }],
] as const)('on %s parts', (parts, { faults, seed }) => {
  it.skipIf(missing(parts))(
    `ends after ${faults} faults as if there had been none`,
    { timeout: 300_000 },
    async () => {
      const said: string[] = []
      const size = { seed, devices: 6, readings: 50 }
      const { report, breaches, disturbed } = await chaos({
        parts,
        size,
        faults,
        patienceMs,
        killBroker: false,
        say: (text) => said.push(text),
      })
      expect(disturbed.left, said.join('\n')).toBe('')
      expect(Object.values(breaches).flat(), said.join('\n')).toEqual([])
      expect(report).toMatchObject({
        kills: faults,
        acknowledged: size.devices * size.readings,
        ackedLost: 0,
        storedTwice: 0,
        findingsLost: 0,
        duplicateTickets: 0,
        duplicateNotices: 0,
        sameTicketsAsUninterrupted: true,
      })
      expect(report.findings).toBeGreaterThan(0)
      expect(report.notices).toBeGreaterThan(0)
    },
  )
})
