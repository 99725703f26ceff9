import { ignoreBrokenPipe } from '../app/terminal/output.ts'
import { processTerminal } from '../app/terminal/terminal.ts'
import { runCommandLine } from './command-line.ts'

const EXIT_GRACE_MS = 500

ignoreBrokenPipe()
const exitCode = await runCommandLine(process.argv.slice(2), processTerminal())
// A command that ended in order may have set another code.
if (exitCode !== 0) process.exitCode = exitCode
// A connection that is still being tried again does not keep a program alive whose work is done.
setTimeout(() => process.exit(), EXIT_GRACE_MS).unref()
