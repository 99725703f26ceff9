import { ExpectedError } from '../../lib/expected-error.ts'
import type { Terminal } from './terminal.ts'

/** What a command writes to: results on standard output, everything on the way on standard error. */
export interface Output {
  /** A line of the result, left out when `--json` asks for the object alone. */
  line(text: string): void
  /** The result as one JSON object, the last line of standard output, where `--json` was given. */
  result(value: object): void
  /** A line on the way: progress, warnings, what is being waited for. */
  note(text: string): void
}

export interface OutputOptions {
  /** Whether the result is printed as one JSON object. */
  json: boolean
  terminal: Terminal
}

export function createOutput({ json, terminal: { stdout, stderr } }: OutputOptions): Output {
  return {
    line: (text) => {
      if (!json) stdout.write(`${text}\n`)
    },
    result: (value) => {
      if (json) stdout.write(`${JSON.stringify(value)}\n`)
    },
    note: (text) => {
      stderr.write(`${text}\n`)
    },
  }
}

/** A command failed for a reason that was said in words: exit code 1, no stack trace. */
export class CommandError extends ExpectedError {
  override readonly name = 'CommandError'
  /** What the command found or did nevertheless; with `--json` it is printed, the reason beside it. */
  readonly result: object

  constructor(message: string, result: object = {}) {
    super(message)
    this.result = result
  }
}

/** Lets the program go on when nobody reads what it writes any more: `forewarn config | head -1`. */
export function ignoreBrokenPipe(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error
    })
  }
}
