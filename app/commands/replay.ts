import { type Command, InvalidArgumentError } from 'commander'
import type { ReplayReport } from '../../device-sim/replay/replay.ts'
import { monotonicNow } from '../../lib/monotonic-clock.ts'
import { CommandError, createOutput, type Output } from '../terminal/output.ts'
import { createProgress } from '../terminal/progress.ts'
import {
  brokerUrl,
  type CommonOptions,
  loadCommandSettings,
  parseMqttUrl,
  withCommonOptions,
} from './common.ts'

interface ReplayCommandOptions extends CommonOptions {
  map: string
  url?: string
  speed?: number
}

export function defineReplay(command: Command): void {
  command
    .argument('<files...>', 'CSV files')
    .requiredOption('-m, --map <file>', 'YAML file that maps columns to device, time and metrics')
    .option('--url <url>', 'MQTT broker URL (default: from the settings)', parseMqttUrl)
    .option(
      '--speed <factor>',
      'speed-up factor in recorded seconds per second (default: unlimited)',
      parseSpeed,
    )
    .action(replay)
  withCommonOptions(command, 'forewarn replay readings.csv --map device-sim/maps/phone-battery.yaml')
}

async function replay(files: string[], options: ReplayCommandOptions): Promise<void> {
  const { runReplay } = await import('../../device-sim/replay/replay.ts')
  const { settings } = loadCommandSettings(options)
  const output = createOutput(options)
  const progress = createProgress(monotonicNow, options.terminal.stderr)
  const report = await runReplay({
    files,
    map: options.map,
    url: options.url ?? brokerUrl(settings),
    prefix: settings.mqtt.prefix,
    now: Date.now,
    ...(options.speed !== undefined && { speed: options.speed }),
    log: output.note,
    onProgress: ({ readings, acked, recorded }) => {
      const day = new Date(recorded).toISOString().slice(0, 10)
      progress.show({
        done: readings > 0 ? acked / readings : 0,
        text: `${acked} of ${readings} readings, ${day}`,
      })
    },
    signal: options.terminal.abortOnSignals(),
  })
  progress.end()
  printReport(report, output)
}

function printReport(report: ReplayReport, output: Output): void {
  for (const { file, line, reason } of report.unreadable) output.note(`${file}:${line}: ${reason}`)
  output.line(
    `${report.rows} rows, ${report.skippedRows} left out by the map, ${report.unreadableRows} unreadable; ` +
      `${report.acked} of ${report.readings} readings of ${report.units} devices acknowledged`,
  )
  if (report.acked < report.readings) throw new CommandError('interrupted', report)
  output.result(report)
}

function parseSpeed(text: string): number {
  const value = Number(text)
  if (Number.isFinite(value) && value > 0) return value
  throw new InvalidArgumentError('Give a number above 0, such as 3600 for an hour a second.')
}
