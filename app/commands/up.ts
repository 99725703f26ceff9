import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Command } from 'commander'
import { createFaultReporter } from '../../health/fault-reporter.ts'
import { errorMessage } from '../../lib/error-message.ts'
import { settlesWithin } from '../../lib/settles-within.ts'
import { formatProblem } from '../../rules/files/rule-file-problem.ts'
import type { RuleRollout, RuleRolloutOutcome } from '../../rules/rollout/rule-rollout.ts'
import type { ForewarnOptions } from '../options.ts'
import { createStatsReader, runLiveView } from '../run-live-view.ts'
import { type FleetSize, type Simulator, startSimulator } from '../simulator.ts'
import { createLiveView } from '../terminal/live-view.ts'
import { createOutput } from '../terminal/output.ts'
import { version } from '../version.ts'
import type { Forewarn } from '../wiring/start-forewarn.ts'
import { type CommonOptions, loadCommandSettings, withCommonOptions, withFleetOptions } from './common.ts'
import { describeProgress } from './simulate.ts'

interface UpOptions extends CommonOptions, FleetSize {
  simulate: boolean
}

/** What a stop takes at most; its parts below fit into it, and this is for what they did not foresee. */
const STOP_TIMEOUT_MS = 10_000
const SIMULATOR_STOP_TIMEOUT_MS = 1_500
/** A stop is not to wait long for a part that is away. */
const FINAL_STATS_TIMEOUT_MS = 300

export function addUp(program: Command): void {
  const command = program
    .command('up')
    .description('run everything: broker, journal, rules, tickets, notices, HTTP API')
    .option('--simulate', 'let a simulated fleet of households publish to it', false)
    .action(up)
  withFleetOptions(command, { devices: 40, days: 180, seed: 1 })
  withCommonOptions(command, 'forewarn up --simulate --devices 40')
}

async function up(options: UpOptions): Promise<void> {
  const { settings } = loadCommandSettings(options)
  const leaseLost = new AbortController()
  const stop = AbortSignal.any([options.terminal.abortOnSignals(), leaseLost.signal])
  const view = createLiveView(Date.now, options.terminal.stderr)
  const faultReporter = createFaultReporter(Date.now, (text) => view.log(text))
  const onError = (error: unknown, where: string) => faultReporter.report(where, error)
  stop.addEventListener('abort', () => {
    view.end()
    view.log('stopping…')
    setTimeout(() => {
      view.log('stopping took longer than 10 s: ended; what was accepted is in the journal')
      process.exit(1)
    }, STOP_TIMEOUT_MS).unref()
  })
  view.log('starting…')
  const forewarn = await startUnlessStopped({
    settings,
    version,
    now: Date.now,
    onError,
    waiting: { say: (text) => view.log(text), signal: stop },
  })
  if (forewarn === 'stopped') return
  view.log(`Forewarn is at ${forewarn.httpUrl}, devices publish to ${forewarn.mqttUrl}.\nCtrl-C stops it.`)
  forewarn.leaseLost.then((reason) => {
    view.log(`cannot go on: ${errorMessage(reason)}`)
    process.exitCode = 1
    leaseLost.abort()
  })
  reloadOnSighup({
    ruleRollout: forewarn.ruleRollout,
    say: (text) => view.log(text),
    onError: (error) => onError(error, 'rules'),
  })
  const fleet = options.simulate
    ? await simulate(options, { forewarn, dataDir: settings.dataDir })
    : undefined
  fleet?.simulator.ended.catch((error: unknown) => {
    fleet.status = 'ended'
    // Ctrl-C in a terminal ends both at the same time.
    if (!stop.aborted) faultReporter.report('simulator', error)
  })
  const readStats = createStatsReader(forewarn.stats, (error) => faultReporter.report('figures', error))
  const { failingChecks } = forewarn
  await runLiveView({
    forewarn,
    readStats: readStats,
    failingChecks: failingChecks,
    view,
    faultReporter: faultReporter,
    simulatorStatus: () => fleet?.status,
    signal: stop,
  })
  if (fleet !== undefined) await stopFleet(fleet, (text) => view.log(text))
  const finalStats = await readStats(FINAL_STATS_TIMEOUT_MS)
  await forewarn.stop()
  view.log('stopped; the next start goes on from here')
  createOutput(options).result(finalStats ?? {})
}

/** A stop while something is waited for is no failure. */
async function startUnlessStopped(options: ForewarnOptions): Promise<Forewarn | 'stopped'> {
  try {
    const { startForewarn } = await import('../wiring/start-forewarn.ts')
    return await startForewarn(options)
  } catch (error) {
    if (options.waiting?.signal.aborted && error instanceof Error && error.name === 'AbortError')
      return 'stopped'
    throw error
  }
}

interface RunningFleet {
  simulator: Simulator
  status: string
}

async function stopFleet({ simulator }: RunningFleet, say: (text: string) => void): Promise<void> {
  const finished = simulator.finish().catch((error: unknown) => say(errorMessage(error)))
  await settlesWithin(SIMULATOR_STOP_TIMEOUT_MS, finished)
  simulator.kill()
}

async function simulate(
  size: FleetSize,
  { forewarn, dataDir }: { forewarn: Forewarn; dataDir: string },
): Promise<RunningFleet> {
  const folder = join(dataDir, 'simulator')
  await mkdir(folder, { recursive: true })
  const files = ['--truth', join(folder, 'truth.json'), '--state', join(folder, 'state.json')]
  const fleet = { status: 'starting' }
  const simulator = startSimulator({
    fleet: size,
    args: [...files, '--url', forewarn.mqttUrl, '--live'],
    onProgress: (progress) => {
      fleet.status = describeProgress(progress)
    },
  })
  return Object.assign(fleet, { simulator })
}

interface SighupOptions {
  ruleRollout: Pick<RuleRollout, 'reload'>
  say(text: string): void
  onError(error: unknown): void
}

/**
 * Reads the rules anew at a SIGHUP, as daemons do. In a terminal that signal says that the terminal is gone: there it
 * ends the program, as it always did.
 */
function reloadOnSighup({ ruleRollout, say, onError }: SighupOptions): void {
  if (process.stderr.isTTY) return
  process.on('SIGHUP', () => {
    ruleRollout.reload('SIGHUP').then((outcome) => say(describeReload(outcome)), onError)
  })
}

function describeReload(outcome: RuleRolloutOutcome): string {
  switch (outcome.is) {
    case 'done':
      return `rules reloaded, ${outcome.changes.length} changes`
    case 'invalid':
      return `rules stay as they were:\n${outcome.problems.map(formatProblem).join('\n')}`
    case 'refused':
      return `rules stay as they were: ${outcome.why}`
  }
}
