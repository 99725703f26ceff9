import { Command, CommanderError } from 'commander'
import { CommandError, createOutput, type OutputOptions } from '../app/terminal/output.ts'
import type { Terminal } from '../app/terminal/terminal.ts'
import { version } from '../app/version.ts'
import { errorMessage } from '../lib/error-message.ts'
import { commands } from './commands.ts'

const EXIT_FAILURE = 1
const EXIT_USAGE = 2

/**
 * Run one command of `forewarn`.
 * @param args as on the command line, without the program's own name
 * @returns the exit code: 0, 1 when the command failed, 2 when it was called wrongly
 */
export async function runCommandLine(args: readonly string[], terminal: Terminal): Promise<number> {
  const options = { json: false, terminal }
  try {
    const program = createProgram(options)
    // Help of a command does not go through the hook that loads it.
    if (args[0] === 'help') await loadCommand(program.commands.find((command) => command.name() === args[1]))
    await program.parseAsync(args, { from: 'user' })
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
    .hook('preSubcommand', (_program, command) => loadCommand(command))
    .hook('preAction', (_program, command) => {
      options.json = command.opts().json === true
      command.setOptionValue('terminal', options.terminal)
    })
    .exitOverride()
    .addHelpText('after', '\nExample:\n  $ forewarn up --simulate')
  for (const { name, description } of commands) program.command(name).description(description)
  return program
}

/** Load what a command consists of. All of them take longer to load than most commands run. */
async function loadCommand(command: Command | undefined): Promise<void> {
  const entry = commands.find(({ name }) => name === command?.name())
  if (entry !== undefined && command !== undefined) (await entry.load())(command)
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
