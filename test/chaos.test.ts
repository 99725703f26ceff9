import { describe, expect, it } from 'vitest'
import { runChaos } from './chaos/chaos.ts'
import type { DeploymentProfile } from './chaos/environment.ts'
import { type ExternalExecutable, findExecutable } from './support/executables.ts'

const needed: Record<DeploymentProfile, readonly ExternalExecutable[]> = {
  embedded: [],
  production: ['mosquitto', 'redis-server', 'postgres', 'influxd'],
}
const missing = (parts: DeploymentProfile) => needed[parts].map(findExecutable).includes(undefined)
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
      const {
        report,
        violations: breaches,
        disturbed,
      } = await runChaos({
        parts,
        size,
        faults,
        stallTimeoutMs: patienceMs,
        killBroker: false,
        say: (text) => said.push(text),
      })
      expect(disturbed.pendingWork, said.join('\n')).toBe('')
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
