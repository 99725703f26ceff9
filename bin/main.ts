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
import { CommandError, createOutput, outliveReaders } from '../app/terminal/output.ts'
import { version } from '../app/version.ts'
import { addDemo } from '../demo/command.ts'
import { messageOf } from '../lib/errors.ts'

const FAILED = 1
const WRONG_USAGE = 2
const LINGER_MS = 500

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

outliveReaders()
try {
  await program.parseAsync()
} catch (error) {
  process.exitCode = await report(error)
}
// A connection that is still being tried again does not keep a program alive whose work is done.
setTimeout(() => process.exit(), LINGER_MS).unref()

/** Says what went wrong and returns the exit code for it; what nobody foresaw keeps its stack trace. */
async function report(error: unknown): Promise<number> {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : WRONG_USAGE
  const { foreseen } = await import('../app/foreseen.ts')
  const text = foreseen(error) ?? (error instanceof Error ? (error.stack ?? error.message) : String(error))
  process.stderr.write(text.includes('\n') ? `forewarn:\n${text}\n` : `forewarn: ${text}\n`)
  const found = error instanceof CommandError ? error.result : {}
  createOutput(json).result({ ...found, error: foreseen(error) ?? messageOf(error) })
  return FAILED
}
