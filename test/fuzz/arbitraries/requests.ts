import fc from 'fast-check'
import type { Route } from '../routes.ts'
import { adversarialText } from './bytes.ts'

/** A request as it goes over the wire. */
export interface FuzzRequest {
  method: string
  /** Path and query. */
  url: string
  headers: Record<string, string>
  body: string | undefined
}

const knownText = fc.constantFrom(
  'steady',
  'phone',
  'battery',
  'phone.battery_worn',
  'battery_health_pct',
  'true',
  'open',
  'not_json',
  'minor',
)

const boundaryTime = fc.constantFrom(
  '2025-01-01T00:00:00Z',
  '0',
  '1767225600000',
  '999999999999999',
  '2026-02-30T00:00:00Z',
  '9999-12-31T23:59:60Z',
  '0000-01-01T00:00:00Z',
  '+275760-09-13T00:00:00Z',
)

const boundaryNumber = fc.constantFrom(
  '1',
  '0',
  '-1',
  '500',
  '501',
  '10000',
  '10001',
  '1e3',
  '1e400',
  'NaN',
  '1.5',
  '9'.repeat(50),
)

/** A cursor of the right form with any keys in it. */
const cursor = fc
  .oneof(
    fc.tuple(fc.oneof(boundaryTime, adversarialText), adversarialText),
    fc.tuple(adversarialText),
    fc.jsonValue().map((value) => [value]),
  )
  .map((key) => Buffer.from(JSON.stringify(key)).toString('base64url'))

const value = fc.oneof(knownText, boundaryTime, boundaryNumber, cursor, adversarialText)

/** Percent-encodes, with half a surrogate pair as the bytes that it would be. */
const encode = (text: string) =>
  Buffer.from(text)
    .toString('latin1')
    .replace(/[^\w.~-]/g, (byte) => `%${byte.charCodeAt(0).toString(16).padStart(2, '0')}`)

const rawSegment = fc.constantFrom('%', '%zz', '%00', '%ff', '..', '%2e%2e%2f', ';', '')
const segment = fc.oneof({ weight: 8, arbitrary: value.map(encode) }, { weight: 1, arbitrary: rawSegment })

const anyHeaders = fc.dictionary(
  fc.constantFrom(
    'accept',
    'origin',
    'host',
    'content-type',
    'if-none-match',
    'if-match',
    'idempotency-key',
    'last-event-id',
    'range',
    'expect',
    'x-forwarded-for',
    'cookie',
  ),
  fc.oneof(
    fc.constantFrom(
      '*/*',
      'application/json',
      'text/csv',
      '"1"',
      '0-0',
      'text/plain',
      'multipart/form-data',
      'application/json; charset=utf-16',
      'bytes=0-',
      '100-continue',
    ),
    fc.string({ unit: 'grapheme-ascii', maxLength: 200 }),
  ),
  { maxKeys: 3 },
)

const file = fc.record({
  file: fc.oneof(fc.constant('a.yaml'), adversarialText),
  text: fc.oneof(
    fc.constant('rule: phone.x\nkind: phone\ncomponent: battery\n'),
    fc.json(),
    adversarialText,
    fc.constant('a: &a [*a, *a]'),
  ),
})

/** What people ask of the service desk, with anything in it. */
const anyCommand = fc
  .record(
    {
      actor: fc.oneof(fc.constantFrom('dispatcher:x', 'technician:t'), adversarialText),
      reason: adversarialText,
      answer: fc.constantFrom('accepted', 'declined'),
      technician: adversarialText,
      name: adversarialText,
      kind: fc.constantFrom('depot', 'van'),
      onHand: fc.oneof(fc.integer(), fc.double()),
      quantity: fc.integer(),
      command: fc.record({ do: fc.constantFrom('note', 'assign', 'shelve', 'close'), text: adversarialText }),
      channel: fc.constantFrom('email', 'webhook'),
      address: fc.record({ to: adversarialText, url: adversarialText }),
    },
    { requiredKeys: [] },
  )
  .map((body) => JSON.stringify(body))

const anyBody = fc.oneof(
  {
    weight: 6,
    arbitrary: fc
      .record(
        {
          by: adversarialText,
          files: fc.array(file, { maxLength: 3 }),
          to: adversarialText,
          verdict: fc.constantFrom('confirmed', 'no_fault', 'x'),
        },
        { requiredKeys: [] },
      )
      .map((body) => JSON.stringify(body)),
  },
  { weight: 3, arbitrary: anyCommand },
  { weight: 3, arbitrary: fc.json({ maxDepth: 5 }) },
  { weight: 1, arbitrary: adversarialText },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      '{"__proto__":{"by":"x"}}',
      '{"constructor":{"prototype":{"by":"x"}}}',
      '['.repeat(5_000),
    ),
  },
  { weight: 1, arbitrary: fc.nat(40_000).map((length) => JSON.stringify({ by: 'x'.repeat(length) })) },
)

/** Requests to one of the routes, from right to absurd. */
export function arbitraryRequest(routes: readonly Route[]): fc.Arbitrary<FuzzRequest> {
  return fc.constantFrom(...routes).chain((route) =>
    fc.record({
      method: fc.oneof(
        { weight: 9, arbitrary: fc.constant(route.method) },
        {
          weight: 1,
          arbitrary: fc.constantFrom('GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'OPTIONS', 'PATCH', 'TRACE'),
        },
      ),
      url: urlOf(route),
      headers: headersOf(route),
      body: route.hasBody ? anyBody : fc.option(anyBody, { nil: undefined, freq: 9 }),
    }),
  )
}

function urlOf({ path, query }: Route): fc.Arbitrary<string> {
  const pathSegments = path.split('/').map((part) => (part.startsWith('{') ? segment : fc.constant(part)))
  const name =
    query.length === 0
      ? adversarialText
      : fc.oneof(
          { weight: 9, arbitrary: fc.constantFrom(...query) },
          { weight: 1, arbitrary: adversarialText },
        )
  const parameters = fc.array(fc.tuple(name.map(encode), segment), { maxLength: 4 })
  return fc.tuple(fc.tuple(...pathSegments), parameters).map(([segments, pairs]) => {
    const search = pairs.map((pair) => pair.join('=')).join('&')
    return `${segments.join('/')}${search === '' ? '' : `?${search}`}`
  })
}

function headersOf({ hasBody }: Route): fc.Arbitrary<Record<string, string>> {
  if (!hasBody) return anyHeaders
  return anyHeaders.map((headers) => ({ 'content-type': 'application/json', ...headers }))
}
