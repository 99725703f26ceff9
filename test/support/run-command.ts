import { join } from 'node:path'
import { runCommandLine } from '../../bin/command-line.ts'

/** What a command printed, and its exit code. */
export class CommandRun {
  code = 0
  stdout = ''
  stderr = ''

  /** The JSON object on the last line of standard output. */
  result<T>(): T {
    return JSON.parse(this.stdout.trimEnd().split('\n').at(-1) ?? '') as T
  }
}

/**
 * Run one command of `forewarn` to its end in this process, with only the given settings from the environment. A process
 * of its own (`runProgram`) costs a second of CPU more: use it for what belongs to a process, such as signals and pipes.
 */
export async function runCommand(
  args: readonly string[],
  env: Record<string, string> = {},
): Promise<CommandRun> {
  const run = new CommandRun()
  run.code = await runCommandLine(args, {
    stdout: {
      write: (text) => {
        run.stdout += text
      },
    },
    stderr: {
      write: (text) => {
        run.stderr += text
      },
    },
    isInteractive: false,
    env,
    cwd: join(import.meta.dirname, '..', '..'),
    abortOnSignals: () => new AbortController().signal,
  })
  return run
}
