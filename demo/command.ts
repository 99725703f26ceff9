import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Command } from 'commander'
import {
  type CommonOptions,
  loadCommandSettings,
  parseTime,
  withCommonOptions,
  withFleetOptions,
} from '../app/commands/common.ts'
import { createLogger } from '../app/logging/create-logger.ts'
import type { Settings } from '../app/settings/schema.ts'
import { describeProgress } from '../app/simulator.ts'
import { createOutput, type Output } from '../app/terminal/output.ts'
import { createProgress, type Progress } from '../app/terminal/progress.ts'
import { version } from '../app/version.ts'
import type { FleetProgress } from '../device-sim/fleet-options.ts'
import type { DetectionScore } from '../evaluation/fleet/detection-score.ts'
import type { FleetScore } from '../evaluation/fleet/score.ts'
import { createFaultReporter } from '../health/fault-reporter.ts'
import { monotonicNow } from '../lib/monotonic-clock.ts'
import { dayMs } from '../lib/time.ts'
import type { DemoFleet, DemoResult } from './demo.ts'
import type { ServiceFigures } from './service/figures.ts'
import type { FleetRunResult } from './service/fleet-run-result.ts'
import { formatServiceFigures } from './service/format-figures.ts'

type DemoOptions = CommonOptions & DemoFleet & { service: boolean }

export function defineDemo(command: Command): void {
  command
    .option('--until <time>', 'end of the simulated days, in the past', parseTime, parseTime('2026-07-01'))
    .option(
      '--service',
      'let simulated owners and technicians act on the findings, and report the figures of the service',
      false,
    )
    .action(demo)
  withFleetOptions(command, { devices: 60, days: 120, seed: 7 })
  withCommonOptions(command, 'forewarn demo --devices 60 --days 120 --seed 7 --json')
}

async function demo(options: DemoOptions): Promise<void> {
  const startedAt = monotonicNow()
  const output = createOutput(options)
  const run = {
    signal: options.terminal.abortOnSignals(),
    progress: createProgress(monotonicNow, options.terminal.stderr),
    output,
  }
  const dataDir = await mkdtemp(join(tmpdir(), 'forewarn-demo-'))
  try {
    const { result, fleetRun } = await runFleetPhase(options, dataDir, run)
    const service = fleetRun && (await runServicePhase(fleetRun, options.seed, run))
    printResult({ ...result, elapsedMs: monotonicNow() - startedAt }, service, output)
  } finally {
    await rm(dataDir, { recursive: true, force: true })
  }
}

interface DemoConsole {
  signal: AbortSignal
  progress: Progress
  output: Output
}

/** Run the fleet's days against a program of their own; with `--service` also keep what the service phase needs. */
async function runFleetPhase(
  options: DemoOptions,
  dataDir: string,
  { signal, progress, output }: DemoConsole,
) {
  const settings = demoSettings(loadCommandSettings(options).settings, dataDir)
  const log = createLogger({ level: 'warn', format: 'text', write: (text) => output.note(text.trimEnd()) })
  const onError = createFaultReporter(monotonicNow, log).report
  output.note('starting…')
  const { startForewarn } = await import('../app/wiring/start-forewarn.ts')
  const { runDemo } = await import('./demo.ts')
  const { collectFleetRunResult } = await import('./service/fleet-run-result.ts')
  const forewarn = await startForewarn({
    settings,
    version,
    now: Date.now,
    simulatedFrom: options.until - options.days * dayMs,
    onError,
    log,
  })
  try {
    const onProgress = (state: FleetProgress) =>
      progress.show({ done: state.fraction, text: describeProgress(state) })
    const result = await runDemo(options, { forewarn, dataDir, signal, onProgress })
    progress.end()
    return { result, fleetRun: options.service ? await collectFleetRunResult(forewarn, dataDir) : undefined }
  } finally {
    await forewarn.stop()
  }
}

/** Run the same days at the service desk. */
async function runServicePhase(
  fleetRun: FleetRunResult,
  seed: number,
  { signal, progress, output }: DemoConsole,
) {
  output.note('the service…')
  const { simulateService } = await import('./service/simulate-service.ts')
  const figures = await simulateService({
    fleetRun,
    seed,
    signal,
    onProgress: ({ fraction, at }) =>
      progress.show({ done: fraction, text: `service, ${new Date(at).toISOString().slice(0, 10)}` }),
  })
  progress.end()
  return figures
}

/** Return settings with embedded backends on free ports, whatever is configured for the real ones. */
function demoSettings(settings: Settings, dataDir: string): Settings {
  return {
    ...settings,
    dataDir,
    roles: [],
    journal: { ...settings.journal, kind: 'lmdb', redisUrl: undefined },
    series: { ...settings.series, influxUrl: undefined },
    http: { host: '127.0.0.1', port: 0 },
    mqtt: { ...settings.mqtt, url: undefined, host: '127.0.0.1', port: 0 },
    records: { databaseUrl: undefined },
    queue: { redisUrl: undefined },
  }
}

function printResult(result: DemoResult, service: ServiceFigures | undefined, output: Output): void {
  output.line(
    [
      `${result.received} readings = ${result.stored} stored + ${result.duplicate} duplicate + ${result.quarantined} quarantined`,
      `${result.findings} findings, ${result.tickets} tickets, ${result.noticesDelivered} notices delivered`,
      ...formatScore(result.truth),
      ...(service ? formatServiceFigures(service) : []),
      `${(result.elapsedMs / 1_000).toFixed(1)} s`,
    ].join('\n'),
  )
  output.result(service ? mergeServiceFigures(result, service) : result)
}

/** Merge both results: the service's figures win, but duplicate notices of both phases are added. */
function mergeServiceFigures(result: DemoResult, service: ServiceFigures): DemoResult & ServiceFigures {
  return {
    ...result,
    ...service,
    duplicateNotices: result.duplicateNotices + service.duplicateNotices,
  }
}

function formatScore(score: FleetScore): string[] {
  const { failures, missed, alarms, falseAlarms, deviceYears, falseAlarmsPerDeviceYear } = score
  const lead = score.medianLeadDays === null ? '' : `, ${score.medianLeadDays.toFixed(0)} days ahead (median)`
  return [
    `${failures} parts crossed their limit: ${score.detected} detected in advance${lead}, ${missed} missed`,
    `${alarms} alarms, ${falseAlarms} of them false: ${falseAlarmsPerDeviceYear.toFixed(2)} in each of ${deviceYears.toFixed(0)} device-years`,
    `precision ${formatShare(score.precision)}, recall ${formatShare(score.recall)}`,
    ...Object.entries(score.byComponent)
      .filter(([, { failures, alarms }]) => failures + alarms > 0)
      .map(formatComponent),
  ]
}

function formatComponent([component, tally]: [string, DetectionScore]): string {
  const { failures, detected, alarms, falseAlarms, medianLeadDays } = tally
  const lead = medianLeadDays === null ? '' : `, ${medianLeadDays.toFixed(0)} days ahead`
  return `  ${component.padEnd(32)} ${detected} of ${failures} detected${lead}; ${falseAlarms} of ${alarms} alarms false`
}

function formatShare(value: number | null): string {
  return value === null ? '–' : value.toFixed(3)
}
