import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Command } from 'commander'
import type { FaultReporter } from '../../health/fault-reporter.ts'
import { createFaultReporter } from '../../health/fault-reporter.ts'
import type { Logger } from '../../lib/logging/logger.ts'
import { monotonicNow } from '../../lib/monotonic-clock.ts'
import { settlesWithin } from '../../lib/settles-within.ts'
import type { RuleRollout } from '../../rules/rollout/rule-rollout.ts'
import { createCheckLog } from '../logging/check-log.ts'
import { createLogger } from '../logging/create-logger.ts'
import type { ForewarnOptions } from '../options.ts'
import { createStatsReader, runLiveView } from '../run-live-view.ts'
import type { LoadedSettings } from '../settings/load.ts'
import type { Settings } from '../settings/schema.ts'
import { describeProgress, type FleetSize, type Simulator, startSimulator } from '../simulator.ts'
import { createLiveView, type LiveView } from '../terminal/live-view.ts'
import { createOutput } from '../terminal/output.ts'
import type { Terminal } from '../terminal/terminal.ts'
import { version } from '../version.ts'
import type { Forewarn } from '../wiring/forewarn.ts'
import { type CommonOptions, loadCommandSettings, withCommonOptions, withFleetOptions } from './common.ts'

interface UpOptions extends CommonOptions, FleetSize {
  simulate: boolean
  acceptRemovals: boolean
  roles?: string
}

/** Upper limit of a stop; the limits of its steps fit into it, and this one is for bugs in them. */
const STOP_TIMEOUT_MS = 10_000
const SIMULATOR_STOP_TIMEOUT_MS = 1_500
/** A stop must not wait long for a service that is unavailable. */
const FINAL_STATS_TIMEOUT_MS = 5_000
const FAULT_FLUSH_INTERVAL_MS = 60_000

export function defineUp(command: Command): void {
  command
    .option('--simulate', 'start a simulated fleet that publishes to it', false)
    .option(
      '--roles <list>',
      'what this process does of ingest,series,rules,desk,api (default: everything, alone)',
    )
    .option('--accept-removals', 'start although files of several live rules are gone', false)
    .action(up)
  withFleetOptions(command, { devices: 40, days: 180, seed: 1 })
  withCommonOptions(command, 'forewarn up --simulate --devices 40')
}

async function up(options: UpOptions): Promise<void> {
  const loaded = loadCommandSettings(withRoles(options))
  const settings = withRemovals(loaded.settings, options.acceptRemovals)
  const { terminal } = options
  const view = createLiveView(monotonicNow, terminal.stderr)
  const log = createUpLogger(settings, view, terminal)
  const faultReporter = createFaultReporter(monotonicNow, log)
  setInterval(() => faultReporter.flush(), FAULT_FLUSH_INTERVAL_MS).unref()
  const leaseLost = new AbortController()
  const stop = AbortSignal.any([terminal.abortOnSignals(), leaseLost.signal])
  stop.addEventListener('abort', () => {
    view.end()
    log.info('stopping', { event: 'stopping' })
    endAfterTimeout(log)
  })
  logStart(log, loaded)
  const onError = faultReporter.report
  const waiting = { log, signal: stop }
  const forewarn = await startUnlessStopped({
    settings,
    version,
    now: Date.now,
    onError,
    log,
    waiting,
    releasesMemory: true,
  })
  if (forewarn === 'stopped') return
  const { httpUrl, mqttUrl } = forewarn
  log.info(`Forewarn is at ${httpUrl}, devices publish to ${mqttUrl}`, { event: 'started', httpUrl, mqttUrl })
  forewarn.leaseLost.then((reason) => {
    log.error('another process has taken the journal over', { event: 'lease_lost', err: reason })
    process.exitCode = 1
    leaseLost.abort()
  })
  reloadOnSighup(forewarn.ruleRollout, onError)
  const fleet = options.simulate
    ? await simulate(options, { forewarn, dataDir: settings.dataDir })
    : undefined
  fleet?.simulator.ended.catch((error: unknown) => {
    fleet.status = 'ended'
    // Ctrl-C in a terminal signals both processes at the same time.
    if (!stop.aborted) onError(error, 'simulator')
  })
  const finalStats = await runUntilStopped({ forewarn, view, log, faultReporter, fleet, signal: stop })
  log.info('stopped; the next start resumes from the journal', { event: 'stopped' })
  createOutput(options).result(finalStats ?? {})
}

/** The option takes precedence over the setting, and is checked as the setting is. */
function withRoles(options: UpOptions): UpOptions {
  if (options.roles === undefined) return options
  const { terminal } = options
  const env = { ...terminal.env, FOREWARN_ROLES: options.roles }
  return { ...options, terminal: { ...terminal, env } }
}

function withRemovals(settings: Settings, accepted: boolean): Settings {
  return accepted ? { ...settings, rules: { ...settings.rules, removals: 'accept' } } : settings
}

/** Create the logger: text above the live view on a terminal; elsewhere JSON lines unless the settings differ. */
function createUpLogger({ log: { level, format } }: Settings, view: LiveView, terminal: Terminal): Logger {
  const isTerminal = terminal.stderr.isTTY === true
  return createLogger({
    level,
    format: format === 'auto' ? (isTerminal ? 'text' : 'json') : format,
    write: (text) => view.log(text.trimEnd()),
    colors: isTerminal && !terminal.env.NO_COLOR,
  })
}

/** Return the names of files and variables only: values may be secrets. */
function logStart(log: Logger, { sources }: LoadedSettings): void {
  const all = [...sources.values()]
  const [file] = all.flatMap((source) => (source.from === 'file' ? [source.file] : []))
  const environment = all.flatMap((source) => (source.from === 'environment' ? [source.variable] : []))
  const settings = { ...(file !== undefined && { file }), environment }
  log.info('starting', {
    event: 'starting',
    version,
    node: process.versions.node,
    pid: process.pid,
    settings,
  })
  // Node prints the error and ends the process afterwards.
  process.on('uncaughtExceptionMonitor', (error) => {
    log.error(`ending after an error that nothing handled: ${error.message}`, {
      event: 'crashed',
      err: error,
    })
  })
}

function endAfterTimeout(log: Logger): void {
  setTimeout(() => {
    log.error('stop timed out after 10 s; exiting. Accepted messages are in the journal', {
      event: 'stop_timeout',
    })
    process.exit(1)
  }, STOP_TIMEOUT_MS).unref()
}

interface Running {
  forewarn: Forewarn
  view: LiveView
  log: Logger
  faultReporter: FaultReporter
  fleet: RunningFleet | undefined
  signal: AbortSignal
}

/** Show the figures until the signal aborts, then stop everything. @returns the last figures, if they can be counted */
async function runUntilStopped({ forewarn, view, log, faultReporter, fleet, signal }: Running) {
  const readStats = createStatsReader(forewarn.stats, (error) => faultReporter.report(error, 'figures'))
  const onChecks = createCheckLog(log)
  const { checks } = forewarn
  const simulatorStatus = () => fleet?.status
  await runLiveView({ forewarn, readStats, checks, onChecks, view, faultReporter, simulatorStatus, signal })
  if (fleet !== undefined) await stopFleet(fleet, (error) => faultReporter.report(error, 'simulator'))
  const finalStats = await readStats(FINAL_STATS_TIMEOUT_MS)
  await forewarn.stop()
  faultReporter.flush()
  return finalStats
}

/** Start the program. A stop while it waits for a service is no failure. */
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

async function stopFleet({ simulator }: RunningFleet, onError: (error: unknown) => void): Promise<void> {
  await settlesWithin(SIMULATOR_STOP_TIMEOUT_MS, simulator.finish().catch(onError))
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

/**
 * Reload the rules at a SIGHUP, as daemons do; the rollout logs the outcome. In a terminal that signal means that the
 * terminal was closed: there it ends the program, which is Node's default.
 */
function reloadOnSighup(
  ruleRollout: Pick<RuleRollout, 'reload'>,
  onError: (error: unknown, component: string) => void,
): void {
  if (process.stderr.isTTY) return
  process.on('SIGHUP', () => {
    ruleRollout.reload('SIGHUP').catch((error: unknown) => onError(error, 'rules'))
  })
}
