import { createHash } from 'node:crypto'
import type { FastifyInstance, FastifyReply } from 'fastify'
import { ApiError } from './errors.ts'

/**
 * Return the entity tag of the representation of a row: its version, and a digest, because a representation may contain
 * more than its version covers. RFC 9110, section 8.8.3.
 */
export function entityTag(version: number, representation: unknown): string {
  const digest = createHash('sha256').update(JSON.stringify(representation)).digest('base64url')
  return `"${version}-${digest.slice(0, 12)}"`
}

/** Send the representation of a row with its entity tag. */
export function withEtag<T extends { version: number }>(
  reply: Pick<FastifyReply, 'header'>,
  representation: T,
): T {
  reply.header('etag', entityTag(representation.version, representation))
  return representation
}

/** Respond 304 without a body when the client already has the representation. */
export function registerNotModifiedHook(app: FastifyInstance): void {
  app.addHook('onSend', async (request, reply, payload) => {
    const tag = reply.getHeader('etag')
    const asked = request.headers['if-none-match']
    const reads = request.method === 'GET' || request.method === 'HEAD'
    if (!reads || reply.statusCode !== 200 || typeof tag !== 'string' || asked === undefined) return payload
    // Weak comparison: RFC 9110, section 13.1.2.
    const has = parseEtags(asked).some((each) => each === '*' || each.replace(/^W\//, '') === tag)
    if (!has) return payload
    reply.code(304).removeHeader('content-type').removeHeader('content-length')
    return ''
  })
}

interface Precondition {
  'if-match'?: string | undefined
}

/**
 * Check that a row still has the version that `If-Match` names: the whole entity tag, or `"3"` for
 * version 3.
 * @param version undefined when there is no such row
 * @throws ApiError `changed_meanwhile`
 */
export function checkIfMatch({ 'if-match': seen }: Precondition, version: number | undefined): void {
  if (seen === undefined) return
  const matches = parseEtags(seen).some((tag) =>
    tag === '*' ? version !== undefined : parseEtagVersion(tag) === version && version !== undefined,
  )
  if (matches) return
  const now = version === undefined ? 'there is none any more' : `it is at version ${version} now`
  throw new ApiError('changed_meanwhile', `If-Match is ${seen}, and ${now}.`)
}

/**
 * Check like `checkIfMatch`, for a resource that is replaced as a whole: the header is required.
 * @throws ApiError `precondition_required`
 */
export function requireIfMatch(headers: Precondition, version: number): void {
  if (headers['if-match'] === undefined)
    throw new ApiError('precondition_required', 'The resource exists; send its ETag as If-Match.')
  checkIfMatch(headers, version)
}

/** Return the version that one tag names; undefined for `*` and without the header. @throws ApiError `invalid_request` */
export function expectedVersion({ 'if-match': seen }: Precondition): number | undefined {
  if (seen === undefined || seen.trim() === '*') return undefined
  const [version, ...others] = parseEtags(seen).map(parseEtagVersion)
  if (version !== undefined && others.length === 0) return version
  throw new ApiError('invalid_request', `In the headers: if-match: ${seen} is no ETag of a ticket.`)
}

const parseEtags = (header: string) => header.split(',').map((tag) => tag.trim())

function parseEtagVersion(tag: string): number | undefined {
  const version = /^"(\d{1,9})(?:-[\w-]{1,50})?"$/.exec(tag)?.[1]
  return version === undefined ? undefined : Number(version)
}
