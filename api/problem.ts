import type { Server } from 'node:http'
import type { Socket } from 'node:net'
import type { FastifyError, FastifyInstance, FastifyReply } from 'fastify'
import { hasZodFastifySchemaValidationErrors } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { AcceptanceBusyError, AcceptanceStoppedError } from '../ingest/acceptance/pending-work.ts'
import { isUnavailable } from '../lib/is-unavailable.ts'
import { JournalFullError, JournalWriteError } from '../store/journal/journal.ts'
import type { ApiDependencies } from './dependencies.ts'
import { ApiError, type ErrorCode, errorDefinitions } from './errors.ts'

export const PROBLEM_CONTENT_TYPE = 'application/problem+json'

const problemSchema = z
  .object({
    type: z.string().describe('Problem type: `urn:forewarn:problem:` followed by the code.'),
    title: z.string(),
    status: z.int(),
    detail: z.string().describe('Details of this occurrence.'),
    code: z.enum(Object.keys(errorDefinitions) as ErrorCode[]).describe('Machine-readable error code.'),
    hint: z.string().optional().describe('How to fix this type of error.'),
    problems: z
      .array(
        z.object({
          file: z.string(),
          line: z.int(),
          column: z.int(),
          message: z.string(),
          hint: z.string().optional(),
        }),
      )
      .optional()
      .describe('With `rules_invalid`: errors in the rule files, with their positions.'),
    rows: z
      .array(
        z.object({
          line: z.int().describe('First line of the row, starting at 1.'),
          column: z.string().nullable().describe('Column; null if the error concerns the whole row.'),
          message: z.string(),
          hint: z.string(),
        }),
      )
      .optional()
      .describe('With `import_invalid`: the first 100 row errors.'),
  })
  .meta({ id: 'Problem', description: 'Problem details (RFC 9457).' })

/** Return the response schemas of a route that may fail with these codes, and with those of every route. */
export function problemResponses(...codes: ErrorCode[]) {
  const all: ErrorCode[] = ['invalid_request', ...codes, 'internal', 'unavailable']
  const titles = new Map<number, string[]>()
  for (const code of all) {
    const { status, title } = errorDefinitions[code]
    titles.set(status, [...(titles.get(status) ?? []), title])
  }
  const response = (of: readonly string[]) => ({
    description: of.join(' · '),
    content: { [PROBLEM_CONTENT_TYPE]: { schema: problemSchema } },
  })
  return Object.fromEntries([...titles].map(([status, of]) => [status, response(of)]))
}

/** Send every error as `application/problem+json`, without internal details. */
export function registerErrorHandlers(app: FastifyInstance, onError: ApiDependencies['onError']): void {
  app.setNotFoundHandler((request, reply) =>
    sendProblem(
      reply,
      new ApiError('no_such_route', `There is no ${request.method} ${request.url.split('?')[0]}.`),
    ),
  )
  app.setErrorHandler<FastifyError>((error, request, reply) => {
    const answer = toApiError(error)
    const { status } = errorDefinitions[answer.code]
    if (status >= 500) {
      const { id: requestId, method, routeOptions } = request
      onError(error, 'api', { requestId, method, route: routeOptions.url ?? 'none', status })
    }
    return sendProblem(reply, answer)
  })
}

/** Respond to a URL that cannot be decoded: it reaches no route, and so no error handler. */
export function replyBadUrl(error: FastifyError, reply: FastifyReply): void {
  sendProblem(reply, new ApiError('invalid_request', error.message))
}

/** Errors of the journal, and of acceptance while it waits for the journal. */
const nothingStoredErrors = [JournalFullError, JournalWriteError, AcceptanceBusyError, AcceptanceStoppedError]

function toApiError(error: FastifyError | ApiError): ApiError {
  if (error instanceof ApiError) return error
  if (hasZodFastifySchemaValidationErrors(error)) {
    const faults = error.validation.map(({ instancePath, message }) =>
      [instancePath.slice(1).replaceAll('/', '.'), message].filter(Boolean).join(': '),
    )
    return new ApiError('invalid_request', `In the ${error.validationContext}: ${faults.join('; ')}.`)
  }
  if (nothingStoredErrors.some((type) => error instanceof type)) {
    return new ApiError('unavailable', `Nothing was changed: ${error.message}.`)
  }
  if (error.statusCode === 413) return new ApiError('payload_too_large', error.message)
  if (error.statusCode !== undefined && error.statusCode < 500)
    return new ApiError('invalid_request', error.message)
  if (isUnavailable(error)) return new ApiError('unavailable', 'The error was logged. Retry later.')
  return new ApiError('internal', 'The error was logged. A retry will probably fail too.')
}

function sendProblem(reply: FastifyReply, error: ApiError): FastifyReply {
  const body = toProblem(error)
  return reply.code(body.status).type(PROBLEM_CONTENT_TYPE).send(body)
}

/** Return the problem document of an error of the catalogue. */
export function toProblem({ code, message, details }: ApiError): z.output<typeof problemSchema> {
  const { status, title, hint } = errorDefinitions[code]
  const { problems, rows } = details
  return {
    type: `urn:forewarn:problem:${code}`,
    title,
    status,
    detail: message,
    code,
    ...(hint === undefined ? {} : { hint }),
    ...(problems === undefined ? {} : { problems: [...problems] }),
    ...(rows === undefined ? {} : { rows: [...rows] }),
  }
}

/** Respond to bytes that Node cannot parse as a request: they reach no route, and the connection ends. */
export function handleClientError(error: NodeJS.ErrnoException, socket: Socket): void {
  if (socket.writable) socket.end(rawResponse(clientErrorToApiError(error)))
  else socket.destroy()
}

/** Respond to an `Expect` header that Node does not support. */
export function rejectUnknownExpectations(server: Server): void {
  server.on('checkExpectation', (request, response) => {
    const expected = JSON.stringify(request.headers.expect)
    const body = toProblem(
      new ApiError('invalid_request', `Nothing is known of the expectation ${expected}.`),
    )
    response
      .writeHead(body.status, { 'content-type': PROBLEM_CONTENT_TYPE, connection: 'close' })
      .end(JSON.stringify(body))
  })
}

function clientErrorToApiError({ code }: NodeJS.ErrnoException): ApiError {
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT')
    return new ApiError('request_timeout', 'It did not arrive in time.')
  if (code === 'HPE_HEADER_OVERFLOW')
    return new ApiError('headers_too_large', 'Address and headers are too long.')
  return new ApiError('invalid_request', 'It is not HTTP.')
}

function rawResponse(error: ApiError): string {
  const body = toProblem(error)
  const json = JSON.stringify(body)
  const head = [
    `HTTP/1.1 ${body.status} ${body.title}`,
    `content-type: ${PROBLEM_CONTENT_TYPE}`,
    `content-length: ${Buffer.byteLength(json)}`,
    'connection: close',
  ]
  return `${head.join('\r\n')}\r\n\r\n${json}`
}
