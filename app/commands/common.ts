import { type Command, InvalidArgumentError } from 'commander'
import { type LoadedSettings, loadSettings } from '../settings/load.ts'
import type { Settings } from '../settings/schema.ts'
import type { FleetSize } from '../simulator.ts'
import type { OutputOptions } from '../terminal/output.ts'

/** Adds what every command understands: `--config`, `--json`, and an example below its help. */
export function withCommonOptions(command: Command, example: string): Command {
  command
    .option('-c, --config <file>', 'settings file (default: ./forewarn.yaml if present)')
    .option('--json', 'print the result as one JSON object on the last line of standard output', false)
  return withExample(command, example)
}

export function withExample(command: Command, example: string): Command {
  return command.addHelpText('after', `\nExample:\n  $ ${example}`)
}

/** What every command is called with: its options and, added by the command line, its terminal. */
export interface CommonOptions extends OutputOptions {
  config?: string
}

/** The settings in force for this call. @throws SettingsError */
export function loadCommandSettings(options: CommonOptions): LoadedSettings {
  return loadSettings({
    env: options.terminal.env,
    cwd: options.terminal.cwd,
    ...(options.config === undefined ? {} : { configFile: options.config }),
  })
}

/** A commander argument parser for whole numbers of at least `min`. */
function parseWholeNumber(min: number): (text: string) => number {
  return (text) => {
    const value = Number(text)
    if (!Number.isInteger(value) || value < min) {
      throw new InvalidArgumentError(`Give a whole number from ${min}.`)
    }
    return value
  }
}

/** A commander argument parser for addresses of MQTT brokers. */
export function parseMqttUrl(text: string): string {
  if (URL.canParse(text) && /^(mqtts?|wss?):\/\/./.test(text)) return text
  throw new InvalidArgumentError('Give a URL such as mqtt://127.0.0.1:1883 (mqtt, mqtts, ws or wss).')
}

/** Where devices publish to by these settings: the external broker, or the embedded one. */
export function brokerUrl({ mqtt }: Settings): string {
  return mqtt.url ?? `mqtt://${mqtt.host}:${mqtt.port}`
}

/** Adds the options that say which fleet is simulated; `defaults` where they are not given. */
export function withFleetOptions(command: Command, defaults: FleetSize): Command {
  return command
    .option('--devices <n>', 'simulated devices, phones included', parseWholeNumber(1), defaults.devices)
    .option('--days <n>', 'days of history to simulate', parseWholeNumber(1), defaults.days)
    .option(
      '--seed <n>',
      'random seed; the same seed gives the same fleet',
      parseWholeNumber(0),
      defaults.seed,
    )
}
