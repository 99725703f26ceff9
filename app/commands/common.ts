import type { Command } from 'commander'
import { type LoadedSettings, loadSettings } from '../settings/load.ts'
import type { Settings } from '../settings/schema.ts'
import { UsageError } from '../terminal/output.ts'

/** Adds what every command understands: `--config`, `--json`, and an example below its help. */
export function withCommonOptions(command: Command, example: string): Command {
  return command
    .option('-c, --config <file>', 'settings file (default: forewarn.yaml here, where there is one)')
    .option('--json', 'print the result as one JSON object on the last line of standard output', false)
    .addHelpText('after', `\nExample:\n  $ ${example}`)
}

export interface CommonOptions {
  config?: string
  json: boolean
}

/** The settings in force for this call. @throws SettingsError */
export function settingsFor(options: CommonOptions): LoadedSettings {
  return loadSettings({
    env: process.env,
    cwd: process.cwd(),
    ...(options.config === undefined ? {} : { configFile: options.config }),
  })
}

/** A commander argument parser for whole numbers of at least `min`. */
export function wholeNumber(min: number): (text: string) => number {
  return (text) => {
    const value = Number(text)
    if (!Number.isInteger(value) || value < min) {
      throw new UsageError(`"${text}" is not allowed here: give a whole number from ${min}`)
    }
    return value
  }
}

/** Aborts at the first Ctrl-C or SIGTERM; the second one ends the process at once. */
export function abortOnSignals(): AbortSignal {
  const controller = new AbortController()
  const onSignal = () => {
    if (controller.signal.aborted) process.exit(1)
    controller.abort()
  }
  process.on('SIGINT', onSignal)
  process.on('SIGTERM', onSignal)
  return controller.signal
}

/** Where devices publish to by these settings: the external broker, or the embedded one. */
export function brokerUrl({ mqtt }: Settings): string {
  return mqtt.url ?? `mqtt://${mqtt.host}:${mqtt.port}`
}
