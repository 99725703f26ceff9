/** A route as the API describes it. */
export interface Route {
  method: string
  /** With its parameters in braces. */
  path: string
  /** Names of its query parameters. */
  query: readonly string[]
  hasBody: boolean
}

interface Operation {
  parameters?: { name: string; in: string }[]
  requestBody?: object
}

/** Every route in the OpenAPI document of a running program, and some addresses that are no routes. */
export async function readRoutes(httpUrl: string): Promise<Route[]> {
  const document = (await (await fetch(`${httpUrl}/openapi.json`)).json()) as {
    paths: Record<string, Record<string, Operation>>
  }
  const described = Object.entries(document.paths).flatMap(([path, operations]) =>
    Object.entries(operations).map(([method, { parameters = [], requestBody }]) => ({
      method: method.toUpperCase(),
      path,
      query: parameters.filter((each) => each.in === 'query').map(({ name }) => name),
      hasBody: requestBody !== undefined,
    })),
  )
  const others = ['/', '/docs', '/docs/static/{file}', '/openapi.json', '/nowhere/{id}', '/api/{what}']
  return [...described, ...others.map((path) => ({ method: 'GET', path, query: [], hasBody: false }))]
}
