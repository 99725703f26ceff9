import { Command, CommanderError } from 'commander'
import { addBackup } from '../app/commands/backup.ts'
import { withExample } from '../app/commands/common.ts'
import { addConfig } from '../app/commands/config.ts'
import { addDeadLetters } from '../app/commands/dead-letters.ts'
import { addDevices } from '../app/commands/devices.ts'
import { addDoctor } from '../app/commands/doctor.ts'
import { addImport } from '../app/commands/import.ts'
import { addQuarantine } from '../app/commands/quarantine.ts'
import { addReplay } from '../app/commands/replay.ts'
import { addReport } from '../app/commands/report.ts'
import { addRestore } from '../app/commands/restore.ts'
import { addRules } from '../app/commands/rules.ts'
import { addScore } from '../app/commands/score.ts'
import { addSimulate } from '../app/commands/simulate.ts'
import { addUp } from '../app/commands/up.ts'
import { CommandError, createOutput, type OutputOptions } from '../app/terminal/output.ts'
import type { Terminal } from '../app/terminal/terminal.ts'
import { version } from '../app/version.ts'
import { addDemo } from '../demo/command.ts'
import { errorMessage } from '../lib/error-message.ts'

const EXIT_FAILURE = 1
const EXIT_USAGE = 2

// What a command runs is loaded when it runs: all of it takes longer than most commands.
const commands = [
  addUp,
  addDemo,
  addSimulate,
  addReplay,
  addRules,
  addReport,
  addImport,
  addDeadLetters,
  addDevices,
  addQuarantine,
  addBackup,
  addRestore,
  addScore,
  addConfig,
  addDoctor,
]

/**
 * Run one command of `forewarn`.
 * @param args as on the command line, without the program's own name
 * @returns the exit code: 0, 1 when the command failed, 2 when it was called wrongly
 */
export async function runCommandLine(args: readonly string[], terminal: Terminal): Promise<number> {
  const options = { json: false, terminal }
  try {
    await createProgram(options).parseAsync(args, { from: 'user' })
    return 0
  } catch (error) {
    return reportError(error, options)
  }
}

/** The program with all its commands; `options.json` says from then on whether the command was called with `--json`. */
function createProgram(options: OutputOptions): Command {
  const { stdout, stderr } = options.terminal
  const program = new Command('forewarn')
    .description('Predictive maintenance for appliances and phones: telemetry in, tickets and notices out.')
    .version(version)
    .showHelpAfterError('(run with --help for usage)')
    .configureOutput({
      writeOut: (text) => stdout.write(text),
      writeErr: (text) => stderr.write(text),
      outputError: (text, write) => write(text.replace(/^error/, 'forewarn')),
    })
    .hook('preAction', (_program, command) => {
      options.json = command.opts().json === true
      command.setOptionValue('terminal', options.terminal)
    })
    .exitOverride()
  for (const add of commands) add(program)
  return withExample(program, 'forewarn up --simulate')
}

/** Report the error and return its exit code; an unexpected one keeps its stack trace. */
async function reportError(error: unknown, options: OutputOptions): Promise<number> {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : EXIT_USAGE
  const { expectedErrorMessage } = await import('../app/expected-error-message.ts')
  const text =
    expectedErrorMessage(error) ?? (error instanceof Error ? (error.stack ?? error.message) : String(error))
  options.terminal.stderr.write(text.includes('\n') ? `forewarn:\n${text}\n` : `forewarn: ${text}\n`)
  const found = error instanceof CommandError ? error.result : {}
  createOutput(options).result({ ...found, error: expectedErrorMessage(error) ?? errorMessage(error) })
  return EXIT_FAILURE
}
