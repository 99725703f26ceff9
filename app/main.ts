import { Command, CommanderError } from 'commander'
import { addConfig } from './commands/config.ts'
import { addDemo } from './commands/demo.ts'
import { addDoctor } from './commands/doctor.ts'
import { addReplay } from './commands/replay.ts'
import { addRules } from './commands/rules.ts'
import { addSimulate } from './commands/simulate.ts'
import { addUp } from './commands/up.ts'
import { SettingsError } from './settings/problem.ts'
import { CommandError, messageOf, UsageError } from './terminal/output.ts'
import { version } from './version.ts'

const FAILED = 1
const WRONG_USAGE = 2

const program = new Command('forewarn')
  .description('Predictive maintenance for appliances and phones: telemetry in, tickets and notices out.')
  .version(version)
  .showHelpAfterError('(add --help for what is allowed)')
  .exitOverride()

for (const add of [addUp, addDemo, addSimulate, addReplay, addRules, addConfig, addDoctor]) add(program)

try {
  await program.parseAsync()
} catch (error) {
  process.exitCode = report(error)
}

/** Says what went wrong and returns the exit code for it; what nobody foresaw keeps its stack trace. */
function report(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : WRONG_USAGE
  const foreseen =
    error instanceof CommandError || error instanceof UsageError || error instanceof SettingsError
  const text = foreseen || !(error instanceof Error) ? messageOf(error) : (error.stack ?? error.message)
  process.stderr.write(`forewarn: ${text}\n`)
  return error instanceof UsageError ? WRONG_USAGE : FAILED
}
