import type { TestApi } from './test-api.ts'

interface RequestOptions {
  key?: string
  ifMatch?: string
  ifNoneMatch?: string
  csv?: string
  body?: object
}

/** Send a request to an API and return the response as clients see it. */
export async function sendRequest(
  { app }: Pick<TestApi, 'app'>,
  request: string,
  options: RequestOptions = {},
) {
  const [method = '', url = ''] = request.split(' ')
  const { key, ifMatch, ifNoneMatch, csv, body } = options
  const response = await app.inject({
    method: method as 'GET',
    url,
    headers: {
      ...(key !== undefined && { 'idempotency-key': key }),
      ...(ifMatch !== undefined && { 'if-match': ifMatch }),
      ...(ifNoneMatch !== undefined && { 'if-none-match': ifNoneMatch }),
      ...(csv !== undefined && { 'content-type': 'text/csv' }),
    },
    ...(csv !== undefined && { payload: csv }),
    ...(body !== undefined && { payload: body }),
  })
  const isJson = String(response.headers['content-type']).includes('json')
  return {
    status: response.statusCode,
    tag: String(response.headers.etag ?? ''),
    again: response.headers['idempotent-replayed'] === 'true',
    text: response.body,
    body: isJson ? response.json() : undefined,
  }
}
