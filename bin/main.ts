import { Command, CommanderError } from 'commander'
import { withExample } from '../app/commands/common.ts'
import { addConfig } from '../app/commands/config.ts'
import { addDeadLetters } from '../app/commands/dead-letters.ts'
import { addDoctor } from '../app/commands/doctor.ts'
import { addImport } from '../app/commands/import.ts'
import { addReplay } from '../app/commands/replay.ts'
import { addReport } from '../app/commands/report.ts'
import { addRules } from '../app/commands/rules.ts'
import { addScore } from '../app/commands/score.ts'
import { addSimulate } from '../app/commands/simulate.ts'
import { addUp } from '../app/commands/up.ts'
import { CommandError, createOutput, ignoreBrokenPipe } from '../app/terminal/output.ts'
import { version } from '../app/version.ts'
import { addDemo } from '../demo/command.ts'
import { errorMessage } from '../lib/error-message.ts'

const EXIT_FAILURE = 1
const EXIT_USAGE = 2
const EXIT_GRACE_MS = 500

let json = false

const program = new Command('forewarn')
  .description('Predictive maintenance for appliances and phones: telemetry in, tickets and notices out.')
  .version(version)
  .showHelpAfterError('(add --help for what is allowed)')
  .configureOutput({ outputError: (text, write) => write(text.replace(/^error/, 'forewarn')) })
  .hook('preAction', (_program, command) => {
    json = command.opts().json === true
  })
  .exitOverride()

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
  addScore,
  addConfig,
  addDoctor,
]
for (const add of commands) add(program)
withExample(program, 'forewarn up --simulate')

ignoreBrokenPipe()
try {
  await program.parseAsync()
} catch (error) {
  process.exitCode = await reportError(error)
}
// A connection that is still being tried again does not keep a program alive whose work is done.
setTimeout(() => process.exit(), EXIT_GRACE_MS).unref()

/** Says what went wrong and returns the exit code for it; what nobody foresaw keeps its stack trace. */
async function reportError(error: unknown): Promise<number> {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : EXIT_USAGE
  const { expectedErrorMessage } = await import('../app/expected-errors.ts')
  const text =
    expectedErrorMessage(error) ?? (error instanceof Error ? (error.stack ?? error.message) : String(error))
  process.stderr.write(text.includes('\n') ? `forewarn:\n${text}\n` : `forewarn: ${text}\n`)
  const found = error instanceof CommandError ? error.result : {}
  createOutput(json).result({ ...found, error: expectedErrorMessage(error) ?? errorMessage(error) })
  return EXIT_FAILURE
}
