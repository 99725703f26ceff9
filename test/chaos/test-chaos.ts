import { expect, it } from 'vitest'
import { type ExternalExecutable, findExecutable } from '../support/executables.ts'
import { runChaos } from './chaos.ts'
import type { DeploymentProfile } from './environment.ts'

/** What has to be installed for each profile. */
export const neededExecutables: Record<DeploymentProfile, readonly ExternalExecutable[]> = {
  embedded: [],
  production: ['mosquitto', 'redis-server', 'postgres', 'influxd'],
}
const stallTimeoutMs = 120_000

interface ChaosTest {
  parts: DeploymentProfile
  kills: number
  faults: number
  seed: number
  /** Roles of each process that shares the work; default: one process does everything. */
  processes?: readonly string[]
}

/** Define a test that plays a small fleet through faults and expects the same end as without them. */
export function testChaos({ parts, kills, faults, seed, processes = [] }: ChaosTest): void {
  const isMissing = neededExecutables[parts].map(findExecutable).includes(undefined)
  it.skipIf(isMissing)(
    `on ${parts} parts${processes.length > 0 ? ` with ${processes.length} processes` : ''} ends after ${kills} kills and ${faults} other faults as if there had been none`,
    {
      timeout: 300_000,
    },
    async () => {
      const said: string[] = []
      const size = { seed, devices: 6, readings: 50 }
      const { report, violations, disturbed } = await runChaos({
        parts,
        size,
        kills,
        faults,
        stallTimeoutMs,
        killBroker: false,
        processes,
        say: (text) => said.push(text),
      })
      expect(disturbed.pendingWork, said.join('\n')).toBe('')
      expect(Object.values(violations).flat(), said.join('\n')).toEqual([])
      expect(report).toMatchObject({
        kills,
        acknowledged: size.devices * size.readings,
        ackedLost: 0,
        storedTwice: 0,
        findingsLost: 0,
        duplicateTickets: 0,
        duplicateNotices: 0,
        sameTicketsAsUninterrupted: true,
        historiesChanged: 0,
        deskEventsChanged: 0,
        endedByItself: 0,
        trimmed: true,
      })
      expect(report.findings).toBeGreaterThan(0)
      expect(report.notices).toBeGreaterThan(0)
    },
  )
}
