/** Every error that the API answers with: its code, its status, and what its title says for all cases of it. */
export const errors = {
  invalid_request: { status: 400, title: 'The request is not valid' },
  no_such_route: { status: 404, title: 'There is nothing at this address' },
  device_not_found: { status: 404, title: 'There is no such device' },
  ticket_not_found: { status: 404, title: 'There is no such ticket' },
  incident_not_found: { status: 404, title: 'There is no such incident' },
  payload_too_large: { status: 413, title: 'The request is too large' },
  internal: { status: 500, title: 'Something went wrong on the server' },
  unavailable: { status: 503, title: 'A part of the server cannot be reached at the moment' },
} as const

export type ErrorCode = keyof typeof errors

/** An answer of the catalogue above, with what is particular to this case. */
export class ApiError extends Error {
  override readonly name = 'ApiError'
  readonly code: ErrorCode

  constructor(code: ErrorCode, detail: string) {
    super(detail)
    this.code = code
  }
}
