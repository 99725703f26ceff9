/** A stream for people: its size, and whether it is a terminal, where that is known. */
export interface Screen {
  isTTY?: boolean
  columns?: number
  rows?: number
  write(text: string): unknown
}

/** What a command line is connected to. Tests pass their own to run it in their process. */
export interface Terminal {
  stdout: Screen
  stderr: Screen
  /** Whether a person can answer questions on standard input. */
  isInteractive: boolean
  env: Readonly<Record<string, string | undefined>>
  cwd: string
  /** A signal that aborts when the person, or the system, asks the command to stop. */
  abortOnSignals(): AbortSignal
}

/** The streams, the environment and the working folder of this process. */
export function processTerminal(): Terminal {
  const { stdout, stderr, stdin, env } = process
  return { stdout, stderr, isInteractive: stdin.isTTY, env, cwd: process.cwd(), abortOnSignals }
}

/** Aborts at the first Ctrl-C or SIGTERM; the second one ends the process at once. */
function abortOnSignals(): AbortSignal {
  const controller = new AbortController()
  const onSignal = () => {
    if (controller.signal.aborted) process.exit(1)
    controller.abort()
  }
  process.on('SIGINT', onSignal)
  process.on('SIGTERM', onSignal)
  return controller.signal
}
