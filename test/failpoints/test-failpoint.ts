import { expect, it } from 'vitest'
import { findViolations } from '../chaos/compare.ts'
import type { DeploymentProfile } from '../chaos/environment.ts'
import { type ChaosRun, runWithFaults } from '../chaos/run.ts'
import { neededExecutables } from '../chaos/test-chaos.ts'
import { findExecutable } from '../support/executables.ts'
import { type ProgramFailpoint, programFailpoints } from './passes.ts'

const options = {
  size: { seed: 9, devices: 4, readings: 50 },
  kills: 0,
  faults: 0,
  // A notice whose receipt was lost with the process is sent again after a minute.
  stallTimeoutMs: 120_000,
  killBroker: false,
} as const

const baselineRuns = new Map<DeploymentProfile, Promise<ChaosRun>>()

/** The run that nothing disturbs, once for all files of a worker. */
function runBaseline(parts: DeploymentProfile): Promise<ChaosRun> {
  const known = baselineRuns.get(parts)
  if (known !== undefined) return known
  const started = runWithFaults({ ...options, parts, say: () => undefined })
  baselineRuns.set(parts, started)
  return started
}

/**
 * Define the test of a failpoint: the whole program dies there once, while devices publish, and is started again. All that
 * was acknowledged has to be kept once, and findings, tickets, histories, desk events and notices have to be those of the
 * run without it.
 */
export function testFailpoint(name: ProgramFailpoint, parts: DeploymentProfile = 'embedded'): void {
  const isMissing = neededExecutables[parts].map(findExecutable).includes(undefined)
  const pass = programFailpoints[name]
  it.skipIf(isMissing)(
    `a process that dies at ${name}, pass ${pass}, on ${parts} parts ends alike`,
    { timeout: 300_000 },
    async () => {
      const baseline = await runBaseline(parts)
      expect(baseline.pendingWork).toBe('')
      expect(baseline.outcome.notices.length).toBeGreaterThan(2)
      const said: string[] = []
      const run = await runWithFaults({
        ...options,
        parts,
        failpoint: `${name}:${pass}`,
        say: (text) => said.push(text),
      })
      expect(run.pendingWork, said.join('\n')).toBe('')
      expect(run.unexpectedExits.map(({ signal, code }) => ({ signal, code }))).toEqual([
        { signal: 'SIGKILL', code: null },
      ])
      const violations = findViolations(run.acknowledged, run.outcome, baseline.outcome)
      expect(Object.values(violations).flat(), said.join('\n')).toEqual([])
      expect(run.acknowledged.readings).toHaveLength(options.size.devices * options.size.readings)
    },
  )
}
