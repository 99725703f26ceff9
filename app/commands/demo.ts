import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Command } from 'commander'
import type { FleetProgress } from '../../device-sim/fleet-options.ts'
import type { Score } from '../../device-sim/score/score.ts'
import type { Tally } from '../../device-sim/score/tally.ts'
import { type DemoFleet, type DemoResult, playDemo } from '../demo.ts'
import type { Settings } from '../settings/schema.ts'
import { createOutput, type Output } from '../terminal/output.ts'
import { createProgress } from '../terminal/progress.ts'
import { createTroubles } from '../troubles.ts'
import { version } from '../version.ts'
import { startForewarn } from '../wiring.ts'
import {
  abortOnSignals,
  type CommonOptions,
  settingsFor,
  withCommonOptions,
  withFleetOptions,
} from './common.ts'
import { describeProgress, instant } from './simulate.ts'

type DemoOptions = CommonOptions & DemoFleet

export function addDemo(program: Command): void {
  const command = program
    .command('demo')
    .description(
      'run the whole once in a temporary folder with a simulated fleet, and compare with its truth',
    )
    .option('--until <time>', 'end of the simulated days, in the past', instant, instant('2026-07-01'))
    .action(demo)
  withFleetOptions(command, { devices: 60, days: 120, seed: 7 })
  withCommonOptions(command, 'forewarn demo --devices 60 --days 120 --seed 7 --json')
}

async function demo(options: DemoOptions): Promise<void> {
  const startedAt = Date.now()
  const output = createOutput(options.json)
  const stop = abortOnSignals()
  const progress = createProgress(Date.now)
  const dataDir = await mkdtemp(join(tmpdir(), 'forewarn-demo-'))
  try {
    const settings = demoSettings(settingsFor(options).settings, dataDir)
    const troubles = createTroubles(Date.now, output.note)
    const onError = (error: unknown, where: string) => troubles.report(where, error)
    output.note('starting…')
    const forewarn = await startForewarn({ settings, version, now: Date.now, passTime: false, onError })
    try {
      const onProgress = (state: FleetProgress) =>
        progress.show({ done: state.fraction, text: describeProgress(state) })
      const result = await playDemo(options, { forewarn, dataDir, stop, onProgress })
      progress.end()
      tell({ ...result, elapsedMs: Date.now() - startedAt }, output)
    } finally {
      await forewarn.stop()
    }
  } finally {
    await rm(dataDir, { recursive: true, force: true })
  }
}

/** Embedded parts on free ports, whatever is configured for the real ones. */
function demoSettings(settings: Settings, dataDir: string): Settings {
  return {
    ...settings,
    dataDir,
    http: { host: '127.0.0.1', port: 0 },
    mqtt: { ...settings.mqtt, url: undefined, host: '127.0.0.1', port: 0 },
    records: { databaseUrl: undefined },
    queue: { redisUrl: undefined },
  }
}

function tell(result: DemoResult, output: Output): void {
  output.line(
    [
      `${result.received} readings = ${result.stored} stored + ${result.duplicate} duplicate + ${result.quarantined} quarantined`,
      `${result.findings} findings, ${result.tickets} tickets, ${result.noticesDelivered} notices delivered`,
      ...scoreLines(result.truth),
      `${(result.elapsedMs / 1_000).toFixed(1)} s`,
    ].join('\n'),
  )
  output.result(result)
}

function scoreLines(score: Score): string[] {
  const { failures, missed, alarms, falseAlarms, deviceYears, falseAlarmsPerDeviceYear } = score
  const lead = score.medianLeadDays === null ? '' : `, ${score.medianLeadDays.toFixed(0)} days ahead (median)`
  return [
    `${failures} parts crossed their limit: ${score.foreseen} foreseen${lead}, ${missed} missed`,
    `${alarms} alarms, ${falseAlarms} of them false: ${falseAlarmsPerDeviceYear.toFixed(2)} in each of ${deviceYears.toFixed(0)} device-years`,
    `precision ${share(score.precision)}, recall ${share(score.recall)}`,
    ...Object.entries(score.byComponent)
      .filter(([, { failures, alarms }]) => failures + alarms > 0)
      .map(componentLine),
  ]
}

function componentLine([component, tally]: [string, Tally]): string {
  const { failures, foreseen, alarms, falseAlarms, medianLeadDays } = tally
  const lead = medianLeadDays === null ? '' : `, ${medianLeadDays.toFixed(0)} days ahead`
  return `  ${component.padEnd(32)} ${foreseen} of ${failures} foreseen${lead}; ${falseAlarms} of ${alarms} alarms false`
}

function share(value: number | null): string {
  return value === null ? '–' : value.toFixed(3)
}
