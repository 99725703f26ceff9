import type { Problem } from '../rules/files/problem.ts'

/** Every error that the API answers with: its code, its status, and what its title says for all cases of it. */
export const errors = {
  invalid_request: { status: 400, title: 'The request is not valid' },
  no_such_route: { status: 404, title: 'There is nothing at this address' },
  device_not_found: { status: 404, title: 'There is no such device' },
  rule_not_found: { status: 404, title: 'There is no such rule' },
  rule_never_on_trial: { status: 404, title: 'There was no such trial' },
  rule_change_refused: { status: 409, title: 'The rules cannot be changed so' },
  ticket_not_found: { status: 404, title: 'There is no such ticket' },
  dead_letter_not_found: { status: 404, title: 'There is no such dead letter' },
  incident_not_found: { status: 404, title: 'There is no such incident' },
  request_timeout: { status: 408, title: 'The request took too long to arrive' },
  payload_too_large: { status: 413, title: 'The request is too large' },
  rules_invalid: { status: 422, title: 'Rule files are not in order' },
  too_many_requests: { status: 429, title: 'Too much is asked for at once' },
  headers_too_large: { status: 431, title: 'Address and headers are too large' },
  internal: { status: 500, title: 'Something went wrong on the server' },
  unavailable: { status: 503, title: 'A part of the server cannot be reached at the moment' },
} as const

export type ErrorCode = keyof typeof errors

/** An answer of the catalogue above, with what is particular to this case. */
export class ApiError extends Error {
  override readonly name = 'ApiError'
  readonly code: ErrorCode
  /** Of rule files, with their places. */
  readonly problems: readonly Problem[] | undefined

  constructor(code: ErrorCode, detail: string, problems?: readonly Problem[]) {
    super(detail)
    this.code = code
    this.problems = problems
  }
}
