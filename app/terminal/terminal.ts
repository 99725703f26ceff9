/** Output stream: whether it is a terminal, and its size, where known. */
export interface Screen {
  isTTY?: boolean
  columns?: number
  rows?: number
  write(text: string): unknown
}

/** Streams and environment of a command line. Tests pass their own to run it in their process. */
export interface Terminal {
  stdout: Screen
  stderr: Screen
  /** Whether a person can answer questions on standard input. */
  isInteractive: boolean
  env: Readonly<Record<string, string | undefined>>
  cwd: string
  /** Return a signal that aborts when a person or the system stops the command. */
  abortOnSignals(): AbortSignal
}

/** Terminal with the streams, the environment and the working folder of this process. */
export function processTerminal(): Terminal {
  const { stdout, stderr, stdin, env } = process
  return { stdout, stderr, isInteractive: stdin.isTTY, env, cwd: process.cwd(), abortOnSignals }
}

/** Return a signal that aborts at the first Ctrl-C or SIGTERM; the second one ends the process at once. */
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
