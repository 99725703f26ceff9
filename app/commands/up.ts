import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Command } from 'commander'
import { createTroubles } from '../../health/troubles.ts'
import { within } from '../../ingest/deadline.ts'
import { messageOf } from '../../lib/errors.ts'
import { showProblem } from '../../rules/files/problem.ts'
import type { RuleLife, RuleLifeOutcome } from '../../rules/rollout/rule-life.ts'
import type { ForewarnOptions } from '../options.ts'
import { type FleetSize, type Simulator, startSimulator } from '../simulator.ts'
import { createLiveView } from '../terminal/live-view.ts'
import { createOutput } from '../terminal/output.ts'
import { version } from '../version.ts'
import { newestFigures, watch } from '../watch.ts'
import type { Forewarn } from '../wiring.ts'
import {
  abortOnSignals,
  type CommonOptions,
  settingsFor,
  withCommonOptions,
  withFleetOptions,
} from './common.ts'
import { describeProgress } from './simulate.ts'

interface UpOptions extends CommonOptions, FleetSize {
  simulate: boolean
}

/** What a stop takes at most; its parts below fit into it, and this is for what they did not foresee. */
const STOP_MS = 10_000
const SIMULATOR_PATIENCE_MS = 1_500
/** A stop is not to wait long for a part that is away. */
const LAST_PATIENCE_MS = 300

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
  const { settings } = settingsFor(options)
  const lost = new AbortController()
  const stop = AbortSignal.any([abortOnSignals(), lost.signal])
  const view = createLiveView(Date.now)
  const troubles = createTroubles(Date.now, (text) => view.say(text))
  const onError = (error: unknown, where: string) => troubles.report(where, error)
  stop.addEventListener('abort', () => {
    view.end()
    view.say('stopping…')
    setTimeout(() => {
      view.say('stopping took longer than 10 s: ended; what was accepted is in the journal')
      process.exit(1)
    }, STOP_MS).unref()
  })
  view.say('starting…')
  const forewarn = await startUnlessStopped({
    settings,
    version,
    now: Date.now,
    onError,
    waiting: { say: (text) => view.say(text), signal: stop },
  })
  if (forewarn === 'stopped') return
  view.say(`Forewarn is at ${forewarn.httpUrl}, devices publish to ${forewarn.mqttUrl}.\nCtrl-C stops it.`)
  forewarn.lost.then((reason) => {
    view.say(`cannot go on: ${messageOf(reason)}`)
    process.exitCode = 1
    lost.abort()
  })
  reloadOnHangUp({
    ruleLife: forewarn.ruleLife,
    say: (text) => view.say(text),
    onError: (error) => onError(error, 'rules'),
  })
  const fleet = options.simulate
    ? await simulate(options, { forewarn, dataDir: settings.dataDir })
    : undefined
  fleet?.simulator.ended.catch((error: unknown) => {
    fleet.says = 'ended'
    // Ctrl-C in a terminal ends both at the same time.
    if (!stop.aborted) troubles.report('simulator', error)
  })
  const figures = newestFigures(forewarn.figures, (error) => troubles.report('figures', error))
  const { wrong } = forewarn
  await watch({ forewarn, figures, wrong, view, troubles, simulatorSays: () => fleet?.says, signal: stop })
  if (fleet !== undefined) await endFleet(fleet, (text) => view.say(text))
  const atTheEnd = await figures(LAST_PATIENCE_MS)
  await forewarn.stop()
  view.say('stopped; the next start goes on from here')
  createOutput(options.json).result(atTheEnd ?? {})
}

/** A stop while something is waited for is no failure. */
async function startUnlessStopped(options: ForewarnOptions): Promise<Forewarn | 'stopped'> {
  try {
    const { startForewarn } = await import('../wiring.ts')
    return await startForewarn(options)
  } catch (error) {
    if (options.waiting?.signal.aborted && error instanceof Error && error.name === 'AbortError')
      return 'stopped'
    throw error
  }
}

interface Fleet {
  simulator: Simulator
  says: string
}

async function endFleet({ simulator }: Fleet, say: (text: string) => void): Promise<void> {
  const finished = simulator.finish().catch((error: unknown) => say(messageOf(error)))
  await within(SIMULATOR_PATIENCE_MS, finished)
  simulator.kill()
}

async function simulate(
  size: FleetSize,
  { forewarn, dataDir }: { forewarn: Forewarn; dataDir: string },
): Promise<Fleet> {
  const folder = join(dataDir, 'simulator')
  await mkdir(folder, { recursive: true })
  const files = ['--truth', join(folder, 'truth.json'), '--state', join(folder, 'state.json')]
  const fleet = { says: 'starting' }
  const simulator = startSimulator({
    fleet: size,
    args: [...files, '--url', forewarn.mqttUrl, '--live'],
    onProgress: (progress) => {
      fleet.says = describeProgress(progress)
    },
  })
  return Object.assign(fleet, { simulator })
}

interface HangUpOptions {
  ruleLife: Pick<RuleLife, 'reload'>
  say(text: string): void
  onError(error: unknown): void
}

/**
 * Reads the rules anew at a SIGHUP, as daemons do. In a terminal that signal says that the terminal is gone: there it
 * ends the program, as it always did.
 */
function reloadOnHangUp({ ruleLife, say, onError }: HangUpOptions): void {
  if (process.stderr.isTTY) return
  process.on('SIGHUP', () => {
    ruleLife.reload('SIGHUP').then((outcome) => say(describe(outcome)), onError)
  })
}

function describe(outcome: RuleLifeOutcome): string {
  switch (outcome.is) {
    case 'done':
      return `rules reloaded, ${outcome.changes.length} changes`
    case 'invalid':
      return `rules stay as they were:\n${outcome.problems.map(showProblem).join('\n')}`
    case 'refused':
      return `rules stay as they were: ${outcome.why}`
  }
}
