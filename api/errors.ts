import type { RuleFileProblem } from '../rules/files/rule-file-problem.ts'

interface ErrorDefinition {
  status: number
  /** Summary, the same for all occurrences. */
  title: string
  /** How to fix it, where that is the same for all occurrences. */
  hint?: string
}

const errorCatalog = {
  invalid_request: { status: 400, title: 'Invalid request' },
  no_such_route: { status: 404, title: 'Route not found' },
  device_not_found: { status: 404, title: 'There is no such device' },
  rule_not_found: { status: 404, title: 'There is no such rule' },
  rule_never_on_trial: { status: 404, title: 'No shadow run found' },
  rule_flag_not_found: { status: 404, title: 'Rule flag not found' },
  rule_change_rejected: { status: 409, title: 'Rule change rejected' },
  finding_not_found: { status: 404, title: 'There is no such finding' },
  ticket_not_found: { status: 404, title: 'There is no such ticket' },
  owner_not_found: {
    status: 404,
    title: 'There is no such owner',
    hint: 'Owners are created when a device names them, or by an import.',
  },
  technician_not_found: { status: 404, title: 'There is no such technician' },
  depot_not_found: { status: 404, title: 'There is no such depot' },
  stock_not_found: { status: 404, title: 'The depot has no such part' },
  contact_not_found: { status: 404, title: 'There is no such contact' },
  notice_not_found: { status: 404, title: 'There is no such notice' },
  offer_not_found: { status: 404, title: 'There is no such offer' },
  backup_running: { status: 409, title: 'A backup runs already' },
  backup_not_found: { status: 404, title: 'There is no backup' },
  dead_letter_not_found: { status: 404, title: 'There is no such dead letter' },
  quarantined_not_found: {
    status: 404,
    title: 'There is no such quarantined message',
    hint: 'Old messages are deleted: see quarantine.keep and quarantine.maxBytes.',
  },
  incident_not_found: { status: 404, title: 'There is no such incident' },
  request_timeout: { status: 408, title: 'Request timeout' },
  command_rejected: {
    status: 409,
    title: 'The current state does not allow this command',
    hint: 'Fetch the resource again, check its state, and retry if the command still applies.',
  },
  idempotency_key_in_use: {
    status: 409,
    title: 'A request with this Idempotency-Key is in progress',
    hint: 'Ask again with the same key in a few seconds: the answer will be that of the first request.',
  },
  changed_meanwhile: {
    status: 412,
    title: 'Version conflict',
    hint: 'Get it again, apply the change to what it is now, and send its new ETag as If-Match.',
  },
  payload_too_large: { status: 413, title: 'The request is too large' },
  rules_invalid: { status: 422, title: 'Invalid rule files' },
  idempotency_key_reused: {
    status: 422,
    title: 'This Idempotency-Key was used for another request',
    hint: 'Use a new key for each command; the same one only to repeat a request exactly.',
  },
  import_invalid: {
    status: 422,
    title: 'Invalid file; nothing was imported',
    hint: 'Fix the rows that are listed; `?dryRun=true` checks a file without importing it.',
  },
  precondition_required: {
    status: 428,
    title: 'If-Match is required',
    hint: 'Fetch the resource first and send its ETag as If-Match.',
  },
  too_many_requests: { status: 429, title: 'Too many concurrent requests' },
  headers_too_large: { status: 431, title: 'URL and headers are too large' },
  internal: { status: 500, title: 'Internal server error' },
  unavailable: { status: 503, title: 'A dependency is temporarily unavailable' },
} as const satisfies Record<string, ErrorDefinition>

export type ErrorCode = keyof typeof errorCatalog

/** Every error of the API, by its code. */
export const errorDefinitions: Readonly<Record<ErrorCode, ErrorDefinition>> = errorCatalog

/** Problem of a row of an import file. */
export interface RowProblem {
  /** First line of the row, from 1. */
  line: number
  /** Null when it concerns the whole row. */
  column: string | null
  message: string
  /** How to fix it. */
  hint: string
}

/** Lists of problems in some errors. */
export interface ErrorDetails {
  /** Problems of rule files, with their locations. */
  problems?: readonly RuleFileProblem[]
  /** Problems of an import file. */
  rows?: readonly RowProblem[]
}

/** Error of the catalogue above, with the details of this occurrence. */
export class ApiError extends Error {
  override readonly name = 'ApiError'
  readonly code: ErrorCode
  readonly details: ErrorDetails

  constructor(code: ErrorCode, detail: string, lists: ErrorDetails = {}) {
    super(detail)
    this.code = code
    this.details = lists
  }
}
