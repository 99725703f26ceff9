import type { FastifyBaseLogger } from 'fastify'
import type { Logger } from '../lib/logging/logger.ts'

type Log = (first: unknown, message?: string) => void

/** Adapt the program's logger to what Fastify calls: `(message)`, `(fields, message)` or `(error, message)`. */
export function toFastifyLogger(log: Logger): FastifyBaseLogger {
  const at =
    (level: 'debug' | 'info' | 'warn' | 'error'): Log =>
    (first, message) => {
      if (typeof first === 'string') log[level](first)
      else if (first instanceof Error) log[level](message ?? first.message, { err: first })
      else log[level](message ?? '', toFields(first))
    }
  return {
    level: 'info',
    trace: at('debug'),
    debug: at('debug'),
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
    fatal: at('error'),
    silent: () => undefined,
    child: (bindings) => toFastifyLogger(log.child(toFields(bindings))),
  }
}

/** Return Fastify's own fields, without the request and response, which contain headers and addresses. */
function toFields(first: unknown): Record<string, unknown> {
  if (typeof first !== 'object' || first === null) return {}
  return Object.fromEntries(Object.entries(first).filter(([name]) => !['req', 'res'].includes(name)))
}
