import type { Command } from 'commander'
import { apiUrl, type RunningProgram, runningProgram } from '../running-program.ts'
import { type CommonOptions, settingsFor, withCommonOptions } from './common.ts'

export interface ProgramOptions extends CommonOptions {
  url?: string
}

/** Adds what every command understands that asks the running program. */
export function withProgramOptions(command: Command, example: string): Command {
  command.option('--url <url>', 'where the program listens (default: as the settings have it)')
  return withCommonOptions(command, example)
}

export function programFor(options: ProgramOptions): RunningProgram {
  return runningProgram(options.url ?? apiUrl(settingsFor(options).settings))
}
