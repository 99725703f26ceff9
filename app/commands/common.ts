import { type Command, InvalidArgumentError, Option } from 'commander'
import { parseDuration } from '../../lib/duration.ts'
import { type LoadedSettings, loadSettings } from '../settings/load.ts'
import type { Settings } from '../settings/schema.ts'
import type { FleetSize } from '../simulator.ts'
import type { OutputOptions } from '../terminal/output.ts'

/** Add the options of every command, `--config` and `--json`, and an example below its help. */
export function withCommonOptions(command: Command, example: string): Command {
  command
    .option('-c, --config <file>', 'settings file (default: ./forewarn.yaml if present)')
    .option('--json', 'print the result as one JSON object on the last line of standard output', false)
  return withExample(command, example)
}

export function withExample(command: Command, example: string): Command {
  return command.addHelpText('after', `\nExample:\n  $ ${example}`)
}

/** Arguments of every command: its options and its terminal, which the command line adds. */
export interface CommonOptions extends OutputOptions {
  config?: string
}

/** Return the effective settings of this call. @throws SettingsError */
export function loadCommandSettings(options: CommonOptions): LoadedSettings {
  return loadSettings({
    env: options.terminal.env,
    cwd: options.terminal.cwd,
    ...(options.config === undefined ? {} : { configFile: options.config }),
  })
}

/** Return an argument parser of commander for whole numbers of at least `min`. */
function parseWholeNumber(min: number): (text: string) => number {
  return (text) => {
    const value = Number(text)
    if (!Number.isInteger(value) || value < min) {
      throw new InvalidArgumentError(`Give a whole number from ${min}.`)
    }
    return value
  }
}

/** Parse an argument of commander as a time. @returns Unix time, ms */
export function parseTime(text: string): number {
  const time = Date.parse(text)
  if (Number.isNaN(time)) {
    throw new InvalidArgumentError('Write a time as 2026-07-01 or 2026-07-01T12:00:00Z.')
  }
  return time
}

/** What `parseTimeOrAge` takes, in the help of an option. */
export const timeOrAge = 'time such as 2026-01-31T12:00:00Z, or duration such as 24h before now'

/** Parse an argument of commander as a time, or a duration before now. @returns ISO 8601 */
export function parseTimeOrAge(text: string): string {
  const ago = parseDuration(text)
  const at = ago === undefined ? Date.parse(text) : Date.now() - ago
  if (!Number.isNaN(at) && (ago !== undefined || /^\d{4}-\d\d-\d\d/.test(text)))
    return new Date(at).toISOString()
  throw new InvalidArgumentError('Give a time such as 2026-01-31T12:00:00Z or a duration such as 24h.')
}

/** Parse an argument of commander as the number of items to list. */
export const parseLimit = parseWholeNumber(0)

/** Format a time for a line of a list, UTC. */
export function formatTime(at: Date): string {
  return at.toISOString().slice(0, 19).replace('T', ' ')
}

/** Parse an argument of commander as the URL of an MQTT broker. */
export function parseMqttUrl(text: string): string {
  if (URL.canParse(text) && /^(mqtts?|wss?):\/\/./.test(text)) return text
  throw new InvalidArgumentError('Give a URL such as mqtt://127.0.0.1:1883 (mqtt, mqtts, ws or wss).')
}

/** Return the URL of the broker that devices publish to by these settings: external or embedded. */
export function brokerUrl({ mqtt }: Settings): string {
  return mqtt.url ?? `mqtt://${mqtt.host}:${mqtt.port}`
}

/** Add the options of a simulated fleet, with `defaults`. */
export function withFleetOptions(command: Command, defaults: Omit<FleetSize, 'like'>): Command {
  return command
    .option('--devices <n>', 'simulated devices, phones included', parseWholeNumber(1), defaults.devices)
    .option('--days <n>', 'days of history to simulate', parseWholeNumber(1), defaults.days)
    .option(
      '--seed <n>',
      'random seed; the same seed gives the same fleet',
      parseWholeNumber(0),
      defaults.seed,
    )
    .addOption(
      new Option('--like <fleet>', 'easy sensors and failures, or those of the field')
        .choices(['easy', 'field'])
        .default('easy'),
    )
}
