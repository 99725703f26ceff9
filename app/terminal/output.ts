import { ExpectedError } from '../../lib/expected-error.ts'
import type { Terminal } from './terminal.ts'

/** Output of a command: results on standard output, everything else on standard error. */
export interface Output {
  /** Write a line of the result; omitted with `--json`. */
  line(text: string): void
  /** With `--json`, write the result as one JSON object, the last line of standard output. */
  result(value: object): void
  /** Write a line of progress, a warning, or the service waited for. */
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

/** A command failed for an expected reason: exit code 1, no stack trace. */
export class CommandError extends ExpectedError {
  override readonly name = 'CommandError'
  /** Partial result of the command; with `--json` it is printed together with the reason. */
  readonly result: object

  constructor(message: string, result: object = {}) {
    super(message)
    this.result = result
  }
}

/** Keep the program running when the reader of its output has ended: `forewarn config | head -1`. */
export function ignoreBrokenPipe(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error
    })
  }
}
