import { findViolations, type InvariantViolations } from './compare.ts'
import { createReport, holdsInvariants, type Report } from './report.ts'
import { type ChaosRun, type RunOptions, runWithFaults } from './run.ts'

export interface ChaosResult {
  passed: boolean
  report: Report
  violations: InvariantViolations
  disturbed: ChaosRun
}

/** The same fleet twice: baseline, and with faults. Both have to end alike. */
export async function runChaos(options: RunOptions): Promise<ChaosResult> {
  const { parts, size, say } = options
  say(
    `baseline, on ${parts} parts: ${size.devices} devices with ${size.readings} readings each, seed ${size.seed}`,
  )
  const { processes = [], logFile: _, ...alone } = options
  const overtaking = processes.length > 0
  const baseline = await runWithFaults({ ...alone, overtaking, kills: 0, faults: 0 })
  if (baseline.pendingWork !== '')
    throw new BaselineError(`the baseline run did not come to its end: ${baseline.pendingWork}`)
  const [ended] = baseline.unexpectedExits
  if (ended !== undefined)
    throw new BaselineError(`the program ended by itself in the baseline run: ${ended.stderrTail}`)
  say('with faults')
  const disturbed = await runWithFaults({ ...options, overtaking })
  const breaches = findViolations(disturbed.acknowledged, disturbed.outcome, baseline.outcome)
  const report = createReport({ parts, size, disturbed, breaches })
  return { passed: holdsInvariants(breaches, disturbed), report, violations: breaches, disturbed }
}

/** Without anything to compare with there is nothing to show. */
class BaselineError extends Error {
  override readonly name = 'BaselineError'
}
