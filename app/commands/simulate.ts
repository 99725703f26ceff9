import { type Command, Option } from 'commander'
import { usualConditions } from '../../device-sim/conditions/fleet-conditions.ts'
import { monotonicNow } from '../../lib/monotonic-clock.ts'
import {
  describeProgress,
  type FleetSize,
  type SimulatorCommand,
  type SimulatorMessage,
} from '../simulator.ts'
import { CommandError, createOutput } from '../terminal/output.ts'
import { createProgress } from '../terminal/progress.ts'
import {
  brokerUrl,
  type CommonOptions,
  loadCommandSettings,
  parseMqttUrl,
  parseTime,
  withCommonOptions,
  withFleetOptions,
} from './common.ts'

interface SimulateOptions extends CommonOptions, FleetSize {
  url?: string
  until?: number
  live: boolean
  paced: boolean
  truth?: string
  state?: string
}

export function defineSimulate(command: Command): void {
  command
    .option('--url <url>', 'MQTT broker URL (default: from the settings)', parseMqttUrl)
    .option('--until <time>', 'end of the simulated history (default: now)', parseTime)
    .option('--live', 'continue in real time after the history, until Ctrl-C', false)
    .option('--truth <file>', 'write the ground truth (failure time of each part)')
    .option('--state <file>', 'save the progress of each device, and resume from it')
    .addOption(
      new Option('--paced', 'let the parent process decide when each hour begins').default(false).hideHelp(),
    )
    .action(simulate)
  withFleetOptions(command, { devices: 40, days: 180, seed: 1 })
  withCommonOptions(command, 'forewarn simulate --url mqtt://127.0.0.1:1883 --devices 40 --days 90 --live')
}

async function simulate(options: SimulateOptions): Promise<void> {
  const { runFleet } = await import('../../device-sim/fleet.ts')
  const { settings } = loadCommandSettings(options)
  const output = createOutput(options)
  const progress = createProgress(monotonicNow, options.terminal.stderr)
  const parent = openParentChannel()
  const stop = options.terminal.abortOnSignals()
  const report = await runFleet({
    url: options.url ?? brokerUrl(settings),
    prefix: settings.mqtt.prefix,
    devices: options.devices,
    days: options.days,
    seed: options.seed,
    conditions: { ...usualConditions, like: options.like },
    now: Date.now,
    live: options.live,
    ...(options.until !== undefined && { until: options.until }),
    ...(options.truth !== undefined && { truthFile: options.truth }),
    ...(options.state !== undefined && { stateFile: options.state }),
    log: output.note,
    onProgress: (state) => {
      parent?.tell({ type: 'progress', progress: state })
      if (!parent) progress.show({ done: state.fraction, text: describeProgress(state) })
    },
    ...(parent && { waitUntilDrained: () => parent.finish }),
    ...(parent && options.paced && { passTime: parent.passTime }),
    signal: parent && options.live ? AbortSignal.any([stop, parent.finishSignal]) : stop,
  })
  progress.end()
  parent?.tell({ type: 'report', report })
  parent?.hangUp()
  output.line(
    `${report.devices} devices sent ${report.readings} readings in ${report.acked} acknowledged messages; ` +
      `their phones got ${report.noticesReceived} notices (${report.duplicateNotices} of them again)`,
  )
  if (stop.aborted && !options.live) throw new CommandError('interrupted', report)
  output.result(report)
}

/** Return the channel to the parent process, if any. */
function openParentChannel() {
  if (process.send === undefined) return undefined
  const controller = new AbortController()
  let proceed: () => void = () => undefined
  const finish = new Promise<void>((resolve) => {
    const end = () => {
      controller.abort()
      resolve()
    }
    process.on('message', (message: SimulatorCommand) => {
      if (message.type === 'finish') end()
      else proceed()
    })
    // Without its parent the process ends.
    process.on('disconnect', end)
  })
  const tell = (message: SimulatorMessage) => {
    if (process.connected) process.send?.(message)
  }
  return {
    finish,
    finishSignal: controller.signal,
    tell,
    passTime: (at: number, next: number) =>
      new Promise<void>((resolve) => {
        proceed = resolve
        tell({ type: 'time', at, next })
      }),
    hangUp: () => {
      if (process.connected) process.disconnect()
    },
  }
}
