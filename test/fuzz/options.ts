import { parseArgs } from 'node:util'

export interface FuzzOptions {
  payloads: number
  packets: number
  requests: number
  seed: number
  json: boolean
}

/** The arguments are not those of the command. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}

/** @throws UsageError */
export function readOptions(args: readonly string[]): FuzzOptions {
  const { values } = parseArguments(args)
  return {
    payloads: parseCount('payloads', values.payloads),
    packets: parseCount('packets', values.packets),
    requests: parseCount('requests', values.requests),
    seed: parseCount('seed', values.seed),
    json: values.json,
  }
}

function parseArguments(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        payloads: { type: 'string', default: '1000000' },
        packets: { type: 'string', default: '100000' },
        requests: { type: 'string', default: '20000' },
        seed: { type: 'string', default: '1' },
        json: { type: 'boolean', default: false },
      },
    })
  } catch (cause) {
    throw new UsageError(cause instanceof Error ? cause.message : String(cause), { cause })
  }
}

function parseCount(name: string, text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new UsageError(`--${name} is ${text}; it must be a whole number from 0`)
  return Number(text)
}
