import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { type FleetSize, type Simulator, startSimulator } from '../app/simulator.ts'
import type { SystemStats } from '../app/system-stats.ts'
import { CommandError } from '../app/terminal/output.ts'
import { waitUntilDrained } from '../app/wait-until-drained.ts'
import type { Forewarn } from '../app/wiring/forewarn.ts'
import { type InjectedFaults, totalInjectedFaults } from '../contract/ground-truth.ts'
import type { FleetProgress } from '../device-sim/fleet-options.ts'
import { readGroundTruth } from '../device-sim/ground-truth-file.ts'
import { type FleetScore, scoreAgainstTruth } from '../evaluation/fleet/score.ts'
import { monotonicNow } from '../lib/monotonic-clock.ts'
import { race } from '../lib/race.ts'

export interface DemoFleet extends FleetSize {
  /** End of the simulated days, ms. */
  until: number
}

export interface DemoResult {
  received: number
  stored: number
  duplicate: number
  quarantined: number
  findings: number
  tickets: number
  noticesDelivered: number
  /** Deliveries of a notice to its phone after the first. */
  duplicateNotices: number
  elapsedMs: number
  /** Hash of all findings and tickets: equal for equal seeds. */
  digest: string
  truth: FleetScore
  /** Faults that the simulator injected. */
  injected: InjectedFaults
}

/** A result without the elapsed time. */
type DemoOutcome = Omit<DemoResult, 'elapsedMs'>

export interface DemoRun {
  forewarn: Forewarn
  dataDir: string
  signal: AbortSignal
  onProgress(progress: FleetProgress): void
}

/**
 * Run a simulated fleet against a running program, wait until everything is processed,
 * and score the findings against the fleet's ground truth.
 * @throws CommandError when something was lost or did not finish
 * @throws SimulatorError
 */
export async function runDemo(size: DemoFleet, run: DemoRun): Promise<DemoOutcome> {
  const { forewarn, dataDir, signal, onProgress } = run
  const truthFile = join(dataDir, 'truth.json')
  const period = ['--until', new Date(size.until).toISOString()]
  let sent = 0
  const simulator = startSimulator({
    fleet: size,
    args: [...period, '--truth', truthFile, '--url', forewarn.mqttUrl, '--paced'],
    passTime: (at, next) => forewarn.passTime(at, next),
    onProgress: (progress) => {
      sent = progress.readings
      onProgress(progress)
    },
  })
  try {
    await race([simulator.caughtUp, rejectOnAbort(signal)])
    const figures = await waitUntilDrained({ stats: forewarn.stats, sent, now: monotonicNow, signal })
    return await collectResult({ forewarn, simulator, figures, truthFile })
  } finally {
    simulator.kill()
  }
}

interface CompletedRun {
  forewarn: Forewarn
  simulator: Simulator
  figures: SystemStats
  truthFile: string
}

async function collectResult({
  forewarn,
  simulator,
  figures,
  truthFile,
}: CompletedRun): Promise<DemoOutcome> {
  const report = await simulator.finish()
  const { received, stored, duplicate, quarantined, noticesDelivered, deadLetters } = figures
  if (deadLetters > 0) throw new CommandError(`${deadLetters} entries or jobs became dead letters`)
  if (report.noticesReceived !== noticesDelivered) {
    throw new CommandError(
      `${noticesDelivered} notices are recorded as delivered, but phones received ${report.noticesReceived}`,
    )
  }
  const { records } = forewarn
  const truth = await readGroundTruth(truthFile)
  const findings = await records
    .selectFrom('findings')
    .selectAll()
    .where('shadow', '=', false)
    .orderBy('id')
    .execute()
  const tickets = await records
    .selectFrom('tickets')
    .select(['device_id', 'component', 'epoch', 'rule', 'severity', 'opened_at'])
    .orderBy('device_id')
    .orderBy('component')
    .orderBy('epoch')
    .execute()
  const raised = findings.map(({ device_id, at, ...rest }) => ({
    ...rest,
    device: device_id,
    at: at.getTime(),
  }))
  return {
    received,
    stored,
    duplicate,
    quarantined,
    findings: findings.length,
    tickets: tickets.length,
    noticesDelivered,
    duplicateNotices: report.duplicateNotices,
    digest: digestOf([findings.map(({ id }) => id), tickets]),
    truth: scoreAgainstTruth(truth, raised),
    injected: totalInjectedFaults(truth),
  }
}

function digestOf(value: unknown): string {
  return createHash('sha256').update(JSON.stringify(value)).digest('hex').slice(0, 16)
}

function rejectOnAbort(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(new CommandError('interrupted')))
  })
}
