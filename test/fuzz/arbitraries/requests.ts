import fc from 'fast-check'
import type { Route } from '../routes.ts'
import { nastyText } from './bytes.ts'

/** A request as it goes over the wire. */
export interface AnyRequest {
  method: string
  /** Path and query. */
  url: string
  headers: Record<string, string>
  body: string | undefined
}

const usefulText = fc.constantFrom(
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

const usefulTime = fc.constantFrom(
  '2025-01-01T00:00:00Z',
  '0',
  '1767225600000',
  '999999999999999',
  '2026-02-30T00:00:00Z',
  '9999-12-31T23:59:60Z',
  '0000-01-01T00:00:00Z',
  '+275760-09-13T00:00:00Z',
)

const usefulNumber = fc.constantFrom(
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
    fc.tuple(fc.oneof(usefulTime, nastyText), nastyText),
    fc.tuple(nastyText),
    fc.jsonValue().map((value) => [value]),
  )
  .map((key) => Buffer.from(JSON.stringify(key)).toString('base64url'))

const value = fc.oneof(usefulText, usefulTime, usefulNumber, cursor, nastyText)

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
  file: fc.oneof(fc.constant('a.yaml'), nastyText),
  text: fc.oneof(
    fc.constant('rule: phone.x\nkind: phone\ncomponent: battery\n'),
    fc.json(),
    nastyText,
    fc.constant('a: &a [*a, *a]'),
  ),
})

/** What people ask of the service desk, with anything in it. */
const anyOrder = fc
  .record(
    {
      actor: fc.oneof(fc.constantFrom('dispatcher:x', 'technician:t'), nastyText),
      reason: nastyText,
      answer: fc.constantFrom('accepted', 'declined'),
      technician: nastyText,
      name: nastyText,
      kind: fc.constantFrom('depot', 'van'),
      onHand: fc.oneof(fc.integer(), fc.double()),
      quantity: fc.integer(),
      command: fc.record({ do: fc.constantFrom('note', 'assign', 'shelve', 'close'), text: nastyText }),
      channel: fc.constantFrom('email', 'webhook'),
      address: fc.record({ to: nastyText, url: nastyText }),
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
          by: nastyText,
          files: fc.array(file, { maxLength: 3 }),
          to: nastyText,
          verdict: fc.constantFrom('confirmed', 'no_fault', 'x'),
        },
        { requiredKeys: [] },
      )
      .map((body) => JSON.stringify(body)),
  },
  { weight: 3, arbitrary: anyOrder },
  { weight: 3, arbitrary: fc.json({ maxDepth: 5 }) },
  { weight: 1, arbitrary: nastyText },
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
export function requestOf(routes: readonly Route[]): fc.Arbitrary<AnyRequest> {
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
      ? nastyText
      : fc.oneof({ weight: 9, arbitrary: fc.constantFrom(...query) }, { weight: 1, arbitrary: nastyText })
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
